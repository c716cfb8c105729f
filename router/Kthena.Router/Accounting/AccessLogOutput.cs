using System.Text;

namespace Kthena.Router.Accounting;

/// <summary>Where an access log can go.</summary>
public static class AccessLogOutput
{
    private const UnixFileMode OwnerWritesAllRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Opens an output by upstream's names.</summary>
    /// <param name="name"><c>stdout</c>, <c>stderr</c> or the path of a file, which is made when it is not there and appended to (mode 0644).</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static TextWriter Open(string name)
    {
        switch (name)
        {
            case "stdout":
                return Console.Out;
            case "stderr":
                return Console.Error;
        }
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerWritesAllRead;
        return new StreamWriter(name, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), options);
    }
}
