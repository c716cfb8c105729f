using System.Reflection;
using System.Reflection.Emit;

namespace Architecture.Tests;

/// <summary>Which methods a compiled method calls, read out of its body.</summary>
internal static class MethodCalls
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value);

    /// <summary>The methods that <paramref name="method"/> names: calls, constructions and function pointers.</summary>
    public static IEnumerable<MethodBase> Of(MethodBase method)
    {
        byte[]? body = method.GetMethodBody()?.GetILAsByteArray();
        if (body is null)
            yield break;
        for (int position = 0; position < body.Length;)
        {
            short value = body[position++];
            if (value == 0xFE)
                value = (short)(0xFE00 | body[position++]);
            OpCode code = Codes[value];
            if (code.OperandType == OperandType.InlineMethod
                && Resolve(method, BitConverter.ToInt32(body, position)) is MethodBase called)
                yield return called;
            position += OperandSize(code, body, position);
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        Type[]? ofType = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return method.Module.ResolveMethod(token, ofType, ofMethod);
    }

    private static int OperandSize(OpCode code, byte[] body, int position) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(body, position)),
        _ => 4,
    };
}
