using Engine.Buffers;

namespace Engine.Stores;

/// <summary>The records of a log that nobody has open, one after another, without writing: for checks and dumps. One
/// thread.</summary>
public sealed class LogView : IDisposable
{
    private readonly LogSpace _space;
    private readonly LogReader? _reader;
    private readonly LogChain? _chain;

    private LogView(LogSpace space, LogCheck check, LogHead head)
    {
        _space = space;
        Check = check;
        if (head.Problem != StoreProblem.None)
            return;
        _reader = new LogReader(space, head.Superblock!);
        _chain = new LogChain(_reader, head.Superblock!, head.State!);
        _chain.Begin(head.State!.Start);
    }

    /// <summary>What the look at the whole found.</summary>
    public LogCheck Check { get; }

    /// <summary>Looks at a log in a directory.</summary>
    /// <exception cref="StoreException">There is no log there, or another process has it.</exception>
    public static LogView Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        FileSpace space = FileSpace.Open("check", directory, isShared: false, isReadOnly: true);
        try
        {
            LogCheck check = LogOpening.Check(space);
            using LogHead head = LogHead.Read(space);
            return new LogView(space, check, head);
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>The next record; false at the end of the whole ones.</summary>
    /// <param name="position">Where it begins.</param>
    /// <param name="payload">Its bytes, valid until the next call.</param>
    /// <exception cref="StoreException">The medium cannot be read.</exception>
    public bool TryRead(out long position, out ReadOnlySpan<byte> payload)
    {
        position = 0;
        payload = default;
        if (_chain is null)
            return false;
        IoError error = _chain.Next(out bool found, out LogRecord record, out payload);
        if (error.Failed)
        {
            throw new StoreException(
                StoreProblem.DeviceFailed, error, $"check: {_space.Name} cannot be read behind position {_chain.End}: {error}");
        }

        position = record.Position;
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _space.Dispose();
    }
}
