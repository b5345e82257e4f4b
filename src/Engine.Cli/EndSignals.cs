using System.Runtime.InteropServices;

namespace Engine.Cli;

/// <summary>What signals make of a command: the first ends it cleanly, with its report; a second one kills it, once it is said
/// that it was ended.</summary>
internal sealed class EndSignals(CliConsole console) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Ends the command.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Takes a signal; false where the system is to do with it what it does without anybody.</summary>
    public bool Take(PosixSignal signal)
    {
        bool isFirst = console.TryEnd(signal == PosixSignal.SIGTERM);
        if (isFirst)
            _stop.Cancel();
        else
            console.SayEnd();
        return isFirst;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}
