namespace Engine.Cli.Tests.Clusters;

/// <summary>A command that runs in this process until it ends or is ended.</summary>
internal sealed class RunningCommand : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();
    private readonly LiveText _output = new();
    private readonly LiveText _error = new();
    private readonly Thread _thread;
    private int _exit;

    public RunningCommand(params string[] args)
    {
        var console = new CliConsole(_output, _error, false, false);
        _thread = new Thread(() => _exit = (int)EngineCommand.Run(args, console, _stop.Token)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>What it has written to standard output.</summary>
    public string Output => _output.ToString();

    /// <summary>What it has written to standard error.</summary>
    public string Error => _error.ToString();

    /// <summary>Waits for words on standard output; the line with them.</summary>
    public string Await(string words) => Await(_output, words);

    /// <summary>The same on standard error.</summary>
    public string AwaitError(string words) => Await(_error, words);

    /// <summary>Waits until it ends by itself; its exit code.</summary>
    public int AwaitEnd()
    {
        Assert.True(_thread.Join(s_patience), $"it does not end; it wrote: {Output}{Error}");
        return _exit;
    }

    /// <summary>Ends it as SIGINT does; its exit code.</summary>
    public int End()
    {
        _stop.Cancel();
        return AwaitEnd();
    }

    public void Dispose()
    {
        _stop.Cancel();
        bool isOver = _thread.Join(s_patience);
        if (isOver)
            _stop.Dispose();
        Assert.True(isOver, $"it does not end; it wrote: {Output}{Error}");
    }

    private string Await(LiveText text, string words)
    {
        Assert.True(text.TryAwait(words, s_patience), $"no \"{words}\" in: {Output}{Error}");
        return text.ToString().Split('\n').First(line => line.Contains(words, StringComparison.Ordinal));
    }
}
