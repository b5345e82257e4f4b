using System.Runtime.InteropServices;

namespace Engine.Cli.Tests;

/// <summary>A command that is ended by a signal, or by two.</summary>
public sealed class EndSignalsTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly CliConsole _console;
    private readonly EndSignals _signals;
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"engine-end-{Guid.NewGuid():N}.csv");

    public EndSignalsTests()
    {
        _console = new CliConsole(_output, _error, false, false);
        _signals = new EndSignals(_console);
    }

    public void Dispose()
    {
        _signals.Dispose();
        File.Delete(_file);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, "engine: interrupted\n")]
    [InlineData(PosixSignal.SIGTERM, "engine: terminated\n")]
    public void TheFirstEndsTheCommand_WhichSaysByWhat(PosixSignal signal, string says)
    {
        Assert.True(_signals.Take(signal));
        Assert.Equal(ExitCode.Interrupted, RunToItsEnd());
        Assert.Equal(says, _error.ToString());
        Assert.Equal(signal == PosixSignal.SIGTERM, _console.IsTerminated);
    }

    /// <summary>The process may be gone before the command has come to say that it was ended.</summary>
    [Fact]
    public void ASecondOneSaysIt_AndTheSystemKills()
    {
        Assert.True(_signals.Take(PosixSignal.SIGINT));
        Assert.Empty(_error.ToString());
        Assert.False(_signals.Take(PosixSignal.SIGTERM));
        Assert.Equal("engine: interrupted\n", _error.ToString());
        Assert.False(_signals.Take(PosixSignal.SIGINT));
        Assert.Equal(ExitCode.Interrupted, RunToItsEnd());
        Assert.Equal("engine: interrupted\n", _error.ToString());
    }

    [Theory]
    [InlineData(false, "engine: interrupted before the first job began\n")]
    [InlineData(true, "engine: interrupted\n")]
    public void ALoadThatDidNotBeginSaysItOnce(bool isSaid, string says)
    {
        Assert.Equal(ExitCode.Ok, EngineCommand.Run(["volume", "format", _file, "--size", "64MiB"], _console, _signals.Stop));
        Assert.True(_signals.Take(PosixSignal.SIGINT));
        Assert.True(!isSaid || !_signals.Take(PosixSignal.SIGINT));
        string[] load = ["bench", "--filename", _file, "--rw", "randread", "--size", "1MiB"];
        Assert.Equal(ExitCode.Interrupted, EngineCommand.Run(load, _console, _signals.Stop));
        Assert.Equal(says, _error.ToString());
    }

    private ExitCode RunToItsEnd() => EngineCommand.Run(["trace", "make", _file], _console, _signals.Stop);
}
