using System.Runtime.InteropServices;
using Engine.Cli;

CliConsole console = CliConsole.ForProcess();
using var signals = new EndSignals(console);
void OnSignal(PosixSignalContext context) => context.Cancel = signals.Take(context.Signal);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
ExitCode exit = EngineCommand.Run(args, console, signals.Stop);
return (int)(exit == ExitCode.Interrupted && console.IsTerminated ? ExitCode.Terminated : exit);
