using System.Globalization;
using System.Text;

namespace Kthena.Embedded.Storage.Tests.Writing;

/// <summary>Commits of three records each, which all carry one number: those of a torn commit would differ.</summary>
internal sealed class CommitWriter(DurableStore store) : IWriter
{
    private const int Writers = 4;
    private const int Records = 3;
    private const char Separator = '\n';
    private readonly long[] _last = new long[Writers];

    public bool WasUnclean => store.WasUnclean;

    public static CommitWriter Open(string folder) => new(DurableStore.Open(Path.Combine(folder, "commits.db")));

    public Task TellAsync(Report report)
    {
        for (int writer = 0; writer < Writers; writer++)
        {
            string key = Key(writer);
            long[] numbers = [.. store.ReadAll(key).Select(record => NumberOf(key, record, report))];
            if (numbers.Distinct().Count() > 1 || numbers.Length is not (0 or Records))
                report.Torn($"{key} holds {string.Join(" and ", numbers)}");
            report.Found(key, _last[writer] = numbers.FirstOrDefault());
        }
        return Task.CompletedTask;
    }

    public IEnumerable<Task> Write(Report report) => Enumerable.Range(0, Writers).Select(async writer =>
    {
        string key = Key(writer);
        while (true)
        {
            long number = ++_last[writer];
            byte[] value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}{Separator}{Content.Of(key, number)}"));
            await store.CommitAsync([.. Enumerable.Range(0, Records).Select(record => StoreChange.Put(key, $"record-{record}", value))]);
            report.Acknowledged(key, number);
        }
    });

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static string Key(int writer) => string.Create(CultureInfo.InvariantCulture, $"commit-{writer}");

    private static long NumberOf(string key, StoredRecord record, Report report)
    {
        string[] parts = Encoding.UTF8.GetString(record.Value.Span).Split(Separator, 2);
        long number = long.Parse(parts[0], CultureInfo.InvariantCulture);
        if (parts[1] != Content.Of(key, number))
            report.Torn($"{key} has the text of another number than {number}");
        return number;
    }
}
