using System.Runtime.InteropServices;
using Engine.Cli;

using var stop = new CancellationTokenSource();
var first = default(PosixSignal);
void OnSignal(PosixSignalContext context)
{
    // The first signal ends the run cleanly, with its report; a second one finds no handler's mercy and kills.
    context.Cancel = !stop.IsCancellationRequested;
    if (!stop.IsCancellationRequested)
        first = context.Signal;
    stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
ExitCode exit = EngineCommand.Run(args, CliConsole.ForProcess(), stop.Token);
return (int)(exit == ExitCode.Interrupted && first == PosixSignal.SIGTERM ? ExitCode.Terminated : exit);
