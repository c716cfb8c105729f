using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Kthena.Embedded.Storage;

/// <summary>The one connection to the file. Only the writer thread uses it.</summary>
internal sealed class SqliteFile : IDisposable
{
    private const int ApplicationId = 0x4b54484e;
    private const int FormatVersion = 1;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;

    private SqliteFile(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        _begin = Command("BEGIN IMMEDIATE");
        _commit = Command("COMMIT");
        _rollback = Command("ROLLBACK");
        _put = Command(
            "INSERT INTO record(space, key, value) VALUES ($space, $key, $value) "
            + "ON CONFLICT(space, key) DO UPDATE SET value = excluded.value",
            "$space", "$key", "$value");
        _delete = Command("DELETE FROM record WHERE space = $space AND key = $key", "$space", "$key");
    }

    /// <summary>Whether the last owner ended without closing the file.</summary>
    public bool WasUnclean { get; private set; }

    public static SqliteFile Open(string path, DurableStoreOptions options)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.LockTimeout.TotalSeconds)),
        }.ToString());
        try
        {
            KeepFromOthers(path);
            connection.Open();
            _ = SQLitePCL.raw.sqlite3_db_config(connection.Handle, SQLitePCL.raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
            Prepare(connection, path);
            var file = new SqliteFile(path, connection);
            file.Enter();
            return file;
        }
        catch (Exception exception)
        {
            connection.Dispose();
            throw exception is SqliteException fault ? Explain(path, fault) : exception;
        }
    }

    public List<StoredRecord> ReadAll(string space)
    {
        try
        {
            using var read = Command("SELECT key, value FROM record WHERE space = $space ORDER BY key", "$space");
            read.Parameters[0].Value = space;
            using var rows = read.ExecuteReader();
            var records = new List<StoredRecord>();
            while (rows.Read())
            {
                records.Add(new StoredRecord(rows.GetString(0), rows.GetFieldValue<byte[]>(1)));
            }

            return records;
        }
        catch (SqliteException fault)
        {
            throw Explain(_path, fault);
        }
    }

    /// <summary>Applies all changes or none; on disk when it returns.</summary>
    public void Commit(IEnumerable<StoreChange> changes)
    {
        try
        {
            _begin.ExecuteNonQuery();
            try
            {
                foreach (var change in changes)
                {
                    Apply(change);
                }

                _commit.ExecuteNonQuery();
            }
            catch
            {
                TryRollBack();
                throw;
            }
        }
        catch (SqliteException fault)
        {
            throw Explain(_path, fault);
        }
    }

    /// <summary>Moves the log into the file and notes that all is in order.</summary>
    public void Leave()
    {
        Execute(_connection, "UPDATE mark SET clean = 1");
        Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// <summary>Closes. Only <see cref="Leave"/> moves the log into the file, so a damaged or abandoned one stays as it is.</summary>
    public void Dispose()
    {
        foreach (var command in new[] { _begin, _commit, _rollback, _put, _delete })
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    /// <summary>The file holds Secrets: only its owner may read it. SQLite gives the log beside it the same mode.</summary>
    private static void KeepFromOthers(string path)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            if (!File.Exists(path))
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Owner };
                new FileStream(path, options).Dispose();
            }
            else if (File.GetUnixFileMode(path) != Owner)
            {
                // By name: to close a handle of a file that this process has open elsewhere would end its lock.
                File.SetUnixFileMode(path, Owner);
            }

            if (File.Exists(path + "-wal"))
            {
                File.SetUnixFileMode(path + "-wal", Owner);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // SQLite meets the same obstacle and its words name it.
        }
    }

    // Exclusive comes first: the log then needs no shared memory, and the first statement takes the lock for good.
    private static void Prepare(SqliteConnection connection, string path)
    {
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        var id = Scalar(connection, "PRAGMA application_id");
        var version = Scalar(connection, "PRAGMA user_version");
        if (Scalar(connection, "SELECT count(*) FROM sqlite_master") > 0 && id != ApplicationId)
        {
            throw new StoreException($"The file {path} belongs to another program. Choose another data folder, or move the file away.");
        }

        if (version > FormatVersion)
        {
            throw new StoreException(
                $"The file {path} has format {version}; this version knows up to {FormatVersion}. Use the newer version that wrote it.");
        }

        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        if (version == 0)
        {
            Execute(connection, FormattableString.Invariant($"""
                BEGIN IMMEDIATE;
                PRAGMA application_id = {ApplicationId};
                CREATE TABLE record(space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(space, key));
                CREATE TABLE mark(clean INTEGER NOT NULL);
                INSERT INTO mark(clean) VALUES (1);
                PRAGMA user_version = {FormatVersion};
                COMMIT;
                """));
        }
    }

    private static StoreException Explain(string path, SqliteException fault) => fault.SqliteErrorCode switch
    {
        Busy or Locked => new StoreInUseException(path, fault),
        Corrupt or NotADatabase => new StoreDamagedException(path, fault.Message, fault),
        _ => new StoreException(
            $"The file {path} cannot be used: {fault.Message} Check its folder, its permissions and the free space on its disk.", fault),
    };

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void Enter()
    {
        WasUnclean = Scalar(_connection, "SELECT clean FROM mark") == 0;
        if (WasUnclean)
        {
            using var check = Command("PRAGMA integrity_check(1)");
            var finding = (string?)check.ExecuteScalar();
            if (finding != "ok")
            {
                // A line that names the database may come before the one that says what is wrong.
                throw new StoreDamagedException(_path, finding?.Split('\n')[^1] ?? "no answer from its check");
            }
        }

        Execute(_connection, "UPDATE mark SET clean = 0");
    }

    private void Apply(StoreChange change)
    {
        var command = change.Value is null ? _delete : _put;
        command.Parameters[0].Value = change.Space;
        command.Parameters[1].Value = change.Key;
        if (change.Value is { } value)
        {
            command.Parameters[2].Value = ToArray(value);
        }

        command.ExecuteNonQuery();
    }

    private static byte[] ToArray(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var segment) && segment.Array is { } array && array.Length == segment.Count
            ? array
            : value.ToArray();

    private void TryRollBack()
    {
        try
        {
            _rollback.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }
}
