using System.Diagnostics;

namespace Engine.Cli.Clusters;

/// <summary>A process that runs until it is ended, and the lines that it writes.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _lines = [];
    private readonly Process _process;
    private int _ends;
    private bool _isOver;

    public ServiceProcess(string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
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

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Has it ended?</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>This command as a process of its own.</summary>
    public static ServiceProcess OfThisCommand(params string[] arguments)
    {
        string host = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(host) == "dotnet";
        return new ServiceProcess(
            host, isHost ? [Path.Combine(AppContext.BaseDirectory, "engine.dll"), .. arguments] : arguments);
    }

    /// <summary>Waits for a line with the words.</summary>
    /// <exception cref="TimeoutException">It does not come; says what did.</exception>
    public string Await(string words)
    {
        long until = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        lock (_lines)
        {
            while (true)
            {
                if (_lines.Find(line => line.Contains(words, StringComparison.Ordinal)) is { } found)
                    return found;
                // Its last lines come with its end, and are here before that is.
                if (_isOver)
                    throw new CliException(
                        Engine.Cli.ExitCode.Environment, $"a process that was started here ended: {string.Join("; ", _lines)}");
                if (Environment.TickCount64 >= until)
                    throw new TimeoutException($"no line with \"{words}\" in: {string.Join("; ", _lines)}");
                Monitor.Wait(_lines, TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Ends it at once (SIGKILL), and waits for that.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public void AwaitEnd()
    {
        if (!_process.WaitForExit(s_patience))
            throw new TimeoutException($"it did not end; it wrote: {Text}");
        _process.WaitForExit();
    }

    /// <summary>Does it end within a time?</summary>
    public bool EndsWithin(TimeSpan time) => _process.WaitForExit(time);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_lines)
        {
            if (line is null)
            {
                // Both streams end so.
                _isOver = ++_ends == 2;
                Monitor.PulseAll(_lines);
                return;
            }

            _lines.Add(line);
            Monitor.PulseAll(_lines);
        }
    }
}
