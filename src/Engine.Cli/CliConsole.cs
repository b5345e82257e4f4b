// What commands write to: results and what is said beside them, apart, with and without a terminal; and how a command was ended.
using System.Globalization;
using Engine.Load;
using Spectre.Console;

namespace Engine.Cli;

/// <summary>Where a command writes: results to <see cref="Out"/>, progress and errors to <see cref="Error"/>. Without a terminal
/// there are no colours and no control characters.</summary>
internal sealed class CliConsole
{
    private const int PlainWidth = 200;

    // What the widest table needs; a narrower terminal would cut its cells, and wraps plain lines better.
    private const int TableWidth = 132;
    private const string ClearLine = "\r\e[K";

    // What ended the command.
    private const int Interrupted = 1;
    private const int Terminated = 2;

    private readonly bool _outIsTerminal;
    private readonly bool _errorIsTerminal;
    private double _plainProgressAt;
    private int _end;
    private int _endsSaid;

    public CliConsole(TextWriter? @out, TextWriter? error, bool outIsTerminal, bool errorIsTerminal)
    {
        Out = new GuardedWriter(@out, isTriedAgain: false);
        Error = new GuardedWriter(error, isTriedAgain: true);
        _outIsTerminal = outIsTerminal;
        _errorIsTerminal = errorIsTerminal;
    }

    /// <summary>Results. Where they cannot be written the command goes on, and they are lost (<see cref="OutLost"/>).</summary>
    public TextWriter Out { get; }

    /// <summary>Progress, notes and refusals, as far as they can be written.</summary>
    public TextWriter Error { get; }

    /// <summary>Why results could not be written; null while all were.</summary>
    public string? OutLost => ((GuardedWriter)Out).Lost;

    /// <summary>What ends the command: SIGINT, SIGTERM.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>The command was ended by SIGTERM.</summary>
    public bool IsTerminated => Volatile.Read(ref _end) == Terminated;

    /// <summary>How the command was ended, in a word.</summary>
    public string EndWord => IsTerminated ? "terminated" : "interrupted";

    /// <summary>Shows no progress.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Notes the signal that ends the command; false for any after the first.</summary>
    public bool TryEnd(bool isTerminated) =>
        Interlocked.CompareExchange(ref _end, isTerminated ? Terminated : Interrupted, 0) == 0;

    /// <summary>Says that the command was ended, once: who says it first may be the command or a second signal.</summary>
    /// <param name="when">More of it, behind the word.</param>
    public void SayEnd(string when = "")
    {
        if (Interlocked.Exchange(ref _endsSaid, 1) != 0)
            return;
        EndProgress();
        Error.WriteLine("engine: " + EndWord + when);
        Error.Flush();
    }

    public static CliConsole ForProcess()
    {
        bool isDumb = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        return new CliConsole(
            StandardStream.IsOpen(1) ? Console.Out : null,
            StandardStream.IsOpen(2) ? Console.Error : null,
            !Console.IsOutputRedirected && !isDumb,
            !Console.IsErrorRedirected && !isDumb);
    }

    /// <summary>Writes a table to <see cref="Out"/>; lines carry no blanks at their ends.</summary>
    public void Write(Table table)
    {
        if (_outIsTerminal && AnsiConsole.Profile.Width >= TableWidth)
        {
            AnsiConsole.Write(table.Border(TableBorder.Simple));
            return;
        }

        using var text = new StringWriter();
        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        plain.Profile.Width = PlainWidth;
        plain.Write(table.Border(TableBorder.Markdown));
        foreach (string line in text.ToString().TrimEnd().Split('\n'))
            Out.WriteLine(line.TrimEnd());
    }

    /// <summary>Says something beside the results, for example that a file was removed.</summary>
    public void Note(string line)
    {
        EndProgress();
        Error.WriteLine(line);
    }

    /// <summary>Shows how far a run is: one line that is rewritten on a terminal, a line every two seconds elsewhere.</summary>
    public void ShowProgress(LoadProgress progress)
    {
        double seconds = progress.Elapsed.TotalSeconds;
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Name}: {progress.Share * 100:0} %, {seconds:0.0} s, {progress.RequestsPerSecond:0} IOPS");
        if (progress.RefusedWrites > 0)
            line += $"; the device refused {progress.RefusedWrites} writes of the cache, which are tried again: see its "
                + "free space or the kernel log (Ctrl-C twice gives up)";
        ShowProgress(line, seconds);
    }

    /// <summary>Shows one line of progress, <paramref name="seconds"/> into the run.</summary>
    public void ShowProgress(string line, double seconds)
    {
        const double PlainIntervalSeconds = 2;
        if (IsQuiet)
            return;
        if (_errorIsTerminal)
        {
            Error.Write(ClearLine + line);
            return;
        }

        if (seconds < _plainProgressAt)
            _plainProgressAt = 0;
        if (seconds - _plainProgressAt < PlainIntervalSeconds)
            return;
        _plainProgressAt = seconds;
        Error.WriteLine(line);
    }

    /// <summary>Removes the progress line from a terminal.</summary>
    public void EndProgress()
    {
        _plainProgressAt = 0;
        if (_errorIsTerminal && !IsQuiet)
            Error.Write(ClearLine);
    }
}
