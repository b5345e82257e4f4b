using System.Text;

namespace Engine.Cli.Tests.Clusters;

/// <summary>What a command that still runs has written so far.</summary>
internal sealed class LiveText : StringWriter
{
    private readonly object _gate = new();

    public override void Write(char value)
    {
        lock (_gate)
        {
            base.Write(value);
            Monitor.PulseAll(_gate);
        }
    }

    public override void Write(string? value)
    {
        lock (_gate)
        {
            base.Write(value);
            Monitor.PulseAll(_gate);
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine(string? value) => Write(value + "\n");

    public override string ToString()
    {
        lock (_gate)
            return base.ToString();
    }

    private static bool HasLine(string text, string words)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        return at >= 0 && text.IndexOf('\n', at) >= 0;
    }

    /// <summary>Waits until a line with the words is there; false when they do not come.</summary>
    public bool TryAwait(string words, TimeSpan patience)
    {
        long until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        lock (_gate)
        {
            while (!HasLine(base.ToString(), words))
            {
                long left = until - Environment.TickCount64;
                if (left <= 0)
                    return false;
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }
        }

        return true;
    }
}
