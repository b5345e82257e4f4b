using System.Diagnostics;
using Engine.Testing.SystemSupport;

namespace Engine.System.Tests;

/// <summary>A process of the command that runs until it is ended, and the lines that it writes.</summary>
internal sealed class EngineService : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _lines = [];
    private readonly Process _process;

    public EngineService(params string[] arguments)
    {
        _process = EngineCommandLine.Start(arguments);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All that it has written.</summary>
    public string Text
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Waits for a line with the words.</summary>
    public string Await(string words)
    {
        long until = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        lock (_lines)
        {
            while (true)
            {
                if (_lines.Find(line => line.Contains(words, StringComparison.Ordinal)) is { } found)
                    return found;
                if (Environment.TickCount64 >= until)
                    throw new TimeoutException($"no line with \"{words}\" in:\n{string.Join('\n', _lines)}");
                Monitor.Wait(_lines, TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Does it have a line with the words now?</summary>
    public bool HasSaid(string words) => Text.Contains(words, StringComparison.Ordinal);

    /// <summary>Sends a signal by its name: KILL, STOP, CONT, TERM.</summary>
    public void Signal(string name) =>
        ToolRun.Must("kill", "-" + name, _process.Id.ToString(global::System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Waits for its end.</summary>
    public void AwaitEnd()
    {
        if (!_process.WaitForExit(s_patience))
            throw new TimeoutException($"it did not end; it wrote:\n{Text}");
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (_lines)
        {
            _lines.Add(line);
            Monitor.PulseAll(_lines);
        }
    }
}
