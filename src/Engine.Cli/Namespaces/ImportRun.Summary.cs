using System.Diagnostics;
using System.Globalization;
using Engine.Load;

namespace Engine.Cli.Namespaces;

/// <content>What is said of an import.</content>
internal sealed partial class ImportRun
{
    private double? _seconds;

    /// <summary>Stops the clock.</summary>
    public void End() => _seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>What was done, in one line.</summary>
    public string Summary()
    {
        double seconds = _seconds ?? Stopwatch.GetElapsedTime(_started).TotalSeconds;
        long inodes = _made;
        long directories = inodes - _files - _links;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"imported {inodes} inodes ({_files} files, {directories} directories, {_links} symbolic links; ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{ByteSize.Format(_bytes)}) in {seconds:0.00} s, {inodes / seconds:0} inodes/s; ")
            + CountNames();
    }

    /// <summary>What became of each name that was found below the source.</summary>
    private string CountNames()
    {
        long unanswered = _found - _made - _names - _skipped - _special - _leftOut;
        List<string> parts = [];
        foreach ((long count, string what) in new[]
        {
            (_made, "of these inodes"), (_names, "further names of files"), (_skipped, "there already"),
            (_special, "pipes, sockets and devices passed over"), (_leftOut, "left out"), (unanswered, "not done yet"),
        })
        {
            if (count > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }

        long partly = _failures - _leftOut;
        if (partly > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"and {partly} attributes or directories not read or set"));
        string all = parts.Count > 0 ? string.Join(", ", parts)
            : cancellation.IsCancellationRequested ? "nothing was begun" : "nothing to do";
        return string.Create(CultureInfo.InvariantCulture, $"{_found} names found: {all}");
    }

    /// <summary>What was left out, the first of it; after the run.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            IEnumerable<string> notes = _failures > _notes.Count ? _notes.Append($"and {_failures - _notes.Count} more") : _notes;
            if (_existing > 0)
                notes = notes.Append(
                    "what exists already is passed over with --skip-existing, to go on with an import that was ended");
            return _farTimes > 0
                ? notes.Append($"{_farTimes} names have times before 1677 or behind 2262, taken as the nearest there is")
                : notes;
        }
    }
}
