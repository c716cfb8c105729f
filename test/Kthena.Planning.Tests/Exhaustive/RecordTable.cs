using System.Collections.Immutable;
using System.Globalization;
using Kthena.Model;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// The recorded steps that were met, each numbered once. Steps of one kind are one and victims are sorted: the planners read
/// victims only, whichever step names them first.
/// </summary>
internal sealed class RecordTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byAnnotation = new(StringComparer.Ordinal);
    private readonly List<(string Text, ImmutableArray<Operation> Steps)> _records = [];
    private readonly Dictionary<(int Record, int Unit), int> _without = [];

    public RecordTable() => Number([]);

    /// <summary>No step.</summary>
    public static int None => 0;

    /// <summary>The UID of the pod in a place.</summary>
    public static string Uid(int unit) => string.Create(CultureInfo.InvariantCulture, $"u{unit}");

    /// <summary>The place of the pod with a UID.</summary>
    public static int UnitOf(string uid) => int.Parse(uid.AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>The annotation's text; empty for none.</summary>
    public string Text(int record) => _records[record].Text;

    public ImmutableArray<Operation> Steps(int record) => _records[record].Steps;

    /// <summary>The number of what an annotation says.</summary>
    public int Read(string annotation)
    {
        if (!_byAnnotation.TryGetValue(annotation, out int number))
            _byAnnotation[annotation] = number = Number(OperationsAnnotation.Read(annotation.Length == 0 ? LabelSet.Empty : LabelSet.Of((ServingLabels.Operations, annotation))));
        return number;
    }

    /// <summary>The same without a pod.</summary>
    public int Without(int record, int unit)
    {
        if (record == None)
            return None;
        if (!_without.TryGetValue((record, unit), out int number))
        {
            string gone = Uid(unit);
            _without[(record, unit)] = number = Changed(record, victim => victim with { Uids = victim.Uids.Remove(gone) });
        }
        return number;
    }

    /// <summary>The same with other victims.</summary>
    public int Changed(int record, Func<OperationVictim, OperationVictim> change) =>
        Number([.. Steps(record).Select(step => step with { Victims = [.. step.Victims.Select(change)] })]);

    private int Number(ImmutableArray<Operation> steps)
    {
        ImmutableArray<Operation> canonical =
        [
            .. steps.GroupBy(static step => step.Step).OrderBy(static kind => kind.Key).Select(static kind => kind.First() with
            {
                Victims =
                [
                    .. kind.SelectMany(static step => step.Victims)
                        .GroupBy(static victim => (victim.Group, victim.Role, victim.Ordinal))
                        .OrderBy(static same => same.Key.Group)
                        .ThenBy(static same => same.Key.Role, StringComparer.Ordinal)
                        .ThenBy(static same => same.Key.Ordinal)
                        .Select(static same => same.First() with
                        {
                            Uids = [.. same.SelectMany(static victim => victim.Uids).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                        }),
                ],
            }),
        ];
        string text = OperationsAnnotation.Write(canonical);
        if (!_numbers.TryGetValue(text, out int number))
        {
            _numbers[text] = number = _records.Count;
            _records.Add((text, canonical));
        }
        return number;
    }
}
