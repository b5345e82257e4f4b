using System.Runtime.InteropServices;
using Engine.Cli;

using var stop = new CancellationTokenSource();
void OnSignal(PosixSignalContext context)
{
    // The first signal ends the run cleanly, with its report; a second one finds no handler's mercy and kills.
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return (int)EngineCommand.Run(args, CliConsole.ForProcess(), stop.Token);
