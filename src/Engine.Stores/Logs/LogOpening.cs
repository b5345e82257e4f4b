// Opens a log: takes it over, finds its end, and makes that end the point from which the new incarnation writes.
//
// The order matters:
//   1. the superblock names the new incarnation, both copies, durable: an older one acknowledges nothing from here on
//   2. the records are found, and flushed, since a crash of the process alone may have left them in a volatile cache
//   3. the state says that all of that is durable, and that from there on only the new incarnation counts
// What an older incarnation had acknowledged was durable before 1 and is found by 2.
using System.Globalization;
using Engine.Buffers;

namespace Engine.Stores;

internal sealed class LogOpening
{
    private readonly LogSpace _space;
    private readonly LogOptions _options;
    private readonly LogHead _head;

    private LogOpening(LogSpace space, LogOptions options, LogHead head)
    {
        _space = space;
        _options = options;
        _head = head;
    }

    public LogSuperblock Superblock => _head.Superblock!;

    public LogState State => _head.State!;

    /// <summary>End of the last record.</summary>
    public long End { get; private set; }

    /// <summary>Where the next record stands at the earliest.</summary>
    public long Resume { get; private set; }

    public string? Report { get; private set; }

    public static LogOpening Run(LogSpace space, LogOptions options)
    {
        using LogHead head = LogHead.Read(space);
        var opening = new LogOpening(space, options, head);
        opening.Refuse();
        space.Use(head.Superblock!);
        opening.TakeOver();
        opening.Recover();
        return opening;
    }

    /// <summary>Looks and writes nothing.</summary>
    public static LogCheck Check(LogSpace space)
    {
        using LogHead head = LogHead.Read(space);
        LogSuperblock? superblock = head.Superblock;
        if (head.Problem != StoreProblem.None)
        {
            ulong incarnation = superblock?.Incarnation ?? 0;
            return new LogCheck(
                head.Problem, $"{space.Name} {head.Message}", superblock?.Uuid ?? default, incarnation, 0, 0, 0, 0, 0);
        }

        space.Use(superblock!);
        LogRecovery found = LogRecovery.Run(space, superblock!, head.State!);
        StoreProblem problem = found.Error.Failed ? StoreProblem.DeviceFailed
            : found.Damage is not null ? StoreProblem.Damaged : StoreProblem.None;
        string message = problem == StoreProblem.None
            ? Text($"{space.Name}: {found.Records} records, positions {head.State!.Start} to {found.End}")
            : $"{space.Name} {Sentence(found)}";
        if (head.Flaw is { } flaw)
            message += "; " + flaw;
        return new LogCheck(
            problem, message, superblock!.Uuid, superblock.Incarnation, found.Incarnation, head.State!.Start, found.End,
            found.Records, found.PayloadBytes) { Flaw = head.Bad };
    }

    private void Refuse()
    {
        if (_head.Problem != StoreProblem.None)
            throw Failure(_head.Problem, SuperblockPair.ErrorOf(_head.Problem), _head.Message);
        if (_options.Identity?.Refusal(Superblock.Uuid, Superblock.Incarnation) is { } refusal)
            throw Failure(StoreProblem.Foreign, IoError.Stale, refusal);
        if (_space.Header.Geometry.IsReadOnly)
            throw Failure(StoreProblem.ReadOnly, IoError.ReadOnly, "is read-only; open it for writing");
        if (_options.Incarnation is { } wanted && wanted <= Superblock.Incarnation)
        {
            throw Failure(
                StoreProblem.Stale,
                IoError.Stale,
                Text($"was taken over by incarnation {Superblock.Incarnation}; incarnation {wanted} is not newer"));
        }
    }

    private void TakeOver()
    {
        LogSuperblock next = Superblock with
        {
            Incarnation = _options.Incarnation ?? Superblock.Incarnation + 1,
            Sequence = Superblock.Sequence + 1,
        };
        Do(_head.Write(next), "write its superblock");
    }

    private void Recover()
    {
        LogRecovery found = LogRecovery.Run(_space, Superblock, State);
        Do(found.Error, Text($"read behind position {found.End}"));
        if (_options.Identity?.RefusalOfRecords(found.Incarnation) is { } refusal)
            throw Failure(StoreProblem.Foreign, IoError.Stale, refusal);
        Report = _head.Flaw;
        if (found.Damage is not null)
        {
            if (!_options.CutsAtDamage)
                throw Failure(StoreProblem.Damaged, IoError.Damaged, Sentence(found));
            Report = (Report is null ? string.Empty : Report + "; ") + Text($"cut at position {found.End}: {found.Damage}");
        }

        End = found.End;
        Resume = End;
        List<(long Cut, long Resume)> jumps = [.. State.Jumps.Where(jump => jump.Cut >= State.Start && jump.Cut < End)];
        if (_options.IsShared)
            AddJump(jumps);
        else if (State.ResumeOf(End) is var resume and > 0)
            // An earlier take-over wrote nothing: who was alive then may still write before where it would have begun.
            jumps.Add((End, Resume = resume));
        Do(_space.Flush(State.Tail / Superblock.SegmentBytes, End / Superblock.SegmentBytes), "flush");
        LogState state = State with
        {
            Sequence = State.Sequence + 1,
            Tail = End,
            TailIncarnation = Superblock.Incarnation,
            Jumps = jumps,
        };
        Do(_head.Write(state), "write its state");
    }

    private void AddJump(List<(long Cut, long Resume)> jumps)
    {
        long behind = Math.Max(End, State.ResumeOf(End)) / Superblock.SegmentBytes;
        Resume = (behind + LogLayout.JumpSegments) * Superblock.SegmentBytes;
        bool hasRoom = (Resume / Superblock.SegmentBytes) - (State.Start / Superblock.SegmentBytes) < Superblock.SegmentCount;
        if (!hasRoom || jumps.Count == LogState.JumpsMax)
        {
            throw Failure(
                StoreProblem.TooSmall,
                IoError.NoSpace,
                "has no room to begin behind an instance that may be alive; end that one and open the log unshared");
        }

        jumps.Add((End, Resume));
    }

    private static string Sentence(LogRecovery found) => found.Error.Failed
        ? Text($"cannot be read behind position {found.End}: {found.Error}; check the device")
        : Text($"is damaged at position {found.End}: {found.Damage}; the {found.Records} records before it are whole: ")
            + "restore it, or cut it there and lose what follows";

    private void Do(IoError error, string what)
    {
        if (error.Failed)
            throw Failure(StoreProblem.DeviceFailed, error, $"failed to {what}: {error}");
    }

    private StoreException Failure(StoreProblem problem, IoError error, string message) =>
        new(problem, error, $"open: {_space.Name} {message}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
