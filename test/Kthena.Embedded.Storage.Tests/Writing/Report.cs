using System.Globalization;
using System.Text;

namespace Kthena.Embedded.Storage.Tests.Writing;

/// <summary>
/// Tells the test line by line, without a buffer that a kill would lose; a line that was cut lacks its full stop.
/// </summary>
internal sealed class Report
{
    public const char End = '.';
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Lock _gate = new();

    public void Opening() => Write("opening");

    public void Opened(bool wasUnclean) => Write(wasUnclean ? "opened unclean" : "opened clean");

    public void Found(string key, long number) => Write(string.Create(CultureInfo.InvariantCulture, $"found {key} {number}"));

    public void Torn(string what) => Write($"torn {what}");

    public void Ready() => Write("ready");

    public void Acknowledged(string key, long number) => Write(string.Create(CultureInfo.InvariantCulture, $"ack {key} {number}"));

    private void Write(string line)
    {
        byte[] bytes = Encoding.ASCII.GetBytes($"{line}{End}\n");
        lock (_gate)
            _output.Write(bytes);
    }
}
