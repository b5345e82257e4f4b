using System.Text;

namespace Engine.Cli;

/// <summary>A standard stream that may be closed, full or gone: what it does not take is lost, and that is noted, since a command
/// that has begun a change ends it whoever listens.</summary>
/// <param name="inner">The stream; null for one that is closed.</param>
/// <param name="isTriedAgain">It may take what comes after what it did not take; else all of that is lost too.</param>
internal sealed class GuardedWriter(TextWriter? inner, bool isTriedAgain) : TextWriter
{
    // ENOSPC, as .NET hands it on.
    private const int NoSpace = 28;

    /// <summary>What the stream refused first; null while it took all.</summary>
    public string? Lost { get; private set; }

    /// <inheritdoc/>
    public override Encoding Encoding => inner?.Encoding ?? Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Try(static (stream, one) => stream.Write(one), value);

    /// <inheritdoc/>
    public override void Write(string? value) => Try(static (stream, text) => stream.Write(text), value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Try(static (stream, text) => stream.Write(text), buffer);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(static (stream, line) => stream.WriteLine(line), value);

    /// <inheritdoc/>
    public override void Flush() => Try(static (stream, _) => stream.Flush(), 0);

    private void Try<T>(Action<TextWriter, T> write, T value)
        where T : allows ref struct
    {
        try
        {
            if (inner is null)
                Lost ??= "it is closed";
            else if (Lost is null || isTriedAgain)
                write(inner, value);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            Lost ??= Reason(refusal);
        }
    }

    private static bool IsRefusal(Exception error) => error is IOException or UnauthorizedAccessException;

    private static string Reason(Exception refusal) => refusal.HResult switch
    {
        NoSpace => "no space is left there (ENOSPC)",
        _ => refusal is UnauthorizedAccessException ? "it is closed, or not open for writing" : refusal.Message,
    };
}
