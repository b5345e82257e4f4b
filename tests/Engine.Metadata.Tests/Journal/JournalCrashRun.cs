// A rank at work on a DeviceLog over a recording device with a volatile cache, and what a crash at any moment of that must leave.
//
// One thread: the device completes when it is pumped. Every name is made once and removed once at most, so that what was
// asked and acknowledged by a moment says of each name whether it must be there, must not, or may. A crash state is given to
// a whole rank: it opens the log, replays, and is asked for every directory.

using System.Text;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;
using Engine.Stores;
using Engine.Testing.Devices;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>One run and the judge of its crash states.</summary>
internal sealed class JournalCrashRun : IDisposable
{
    private const int SegmentBytes = 32 << 10;
    private const int SegmentCount = 12;
    private const long DeviceBytes = (64 << 10) + (SegmentBytes * SegmentCount);
    private const int Directories = 3;
    private const int NeverSafe = int.MaxValue - 1;

    private readonly List<Change> _changes = [];
    private readonly List<(string Name, int MadeBy)> _there = [];
    private readonly SeededRandom _random;
    private readonly MemoryDevice _memory = new(DeviceBytes, 512, CompletionMode.Manual);
    private readonly MemoryDevice _scratch = new(DeviceBytes, 512, CompletionMode.Manual);
    private readonly BufferPool _pool = new(new BufferPoolOptions { BlockCount = 1024 });
    private readonly MemoryStore _store = new();
    private readonly RecordedObjects _objects;
    private readonly bool _usesFua;
    private readonly bool _writesBack;
    private readonly Dictionary<(long Start, long End, int Stored), HashSet<string>> _found = [];
    private List<(string Name, Change Made, Change? Removed)>? _byName;
    private RankHarness? _rank;

    public JournalCrashRun(ulong seed, bool usesFua, bool writesBack)
    {
        _random = new SeededRandom(seed);
        _usesFua = usesFua;
        _writesBack = writesBack;
        DeviceLog.Format(_memory, new LogFormatOptions { SegmentBytes = SegmentBytes });
        Recorder = new RecordingDevice(_memory);
        _objects = new RecordedObjects(_store, () => Recorder.EventCount);
    }

    public RecordingDevice Recorder { get; }

    /// <summary>Changes acknowledged as safe.</summary>
    public int Acknowledged => _changes.Count(change => change.SafeAt < NeverSafe);

    /// <summary>Changes refused for want of room in the log.</summary>
    public int Refused { get; private set; }

    /// <summary>Ranks that were started on crash states.</summary>
    public int Ranks { get; private set; }

    /// <summary>Objects written or removed.</summary>
    public int StoreChanges => _objects.Count;

    /// <summary>Starts a rank and has it do so many operations, several at a time.</summary>
    public void Run(int operations, Func<ILog, ILog> mutate)
    {
        DeviceLog log = DeviceLog.Open(Recorder, new LogOptions { UsesFua = _usesFua });
        using RankHarness rank = new(Options, mutate(log), _objects);
        _rank = rank;
        using (log)
        {
            rank.MoreWork = () => Pump(int.MaxValue);
            rank.Start();
            rank.MoreWork = null;
            for (int i = 0; i < Directories; i++)
                Ask(ClientOp.MakeDirectory, $"/d{i}", isMade: true);
            Settle();
            for (int i = 0; i < operations; i++)
            {
                Step(i);
                if (_random.NextInt(3) != 0)
                    Pump(_random.NextInt(1, 4));
                rank.Run();
                Note();
            }

            Settle();
        }

        _rank = null;
    }

    /// <summary>Says what is wrong with what a rank finds in a crash state. What it finds depends on the records that the log
    /// still has and on the store: states that agree in both are given to one rank.</summary>
    public void Check(CrashState state)
    {
        state.CopyTo(_scratch);
        DeviceLog log = DeviceLog.Open(_scratch, new LogOptions { UsesFua = _usesFua });
        (long Start, long End, int Stored) key = (log.Start, log.End, _objects.CountAt(state.EventCount));
        if (_found.TryGetValue(key, out HashSet<string>? found))
        {
            log.Dispose();
        }
        else
        {
            found = Recover(log, state.EventCount);
            _found.Add(key, found);
        }

        Judge(state.EventCount, found);
    }

    public void Dispose()
    {
        Recorder.Dispose();
        _scratch.Dispose();
        _store.Dispose();
        _pool.Dispose();
    }

    /// <summary>Starts a rank over a log, and lists everything.</summary>
    private HashSet<string> Recover(DeviceLog log, int eventCount)
    {
        Ranks++;
        using MemoryStore store = new();
        _objects.Restore(eventCount, store, _pool);
        using RankHarness rank = new(options => Options(options) with { SegmentsMax = 1000 }, log, store);
        using (log)
        {
            rank.MoreWork = () =>
            {
                bool isBusy = _scratch.PendingCount > 0;
                _scratch.Pump(int.MaxValue);
                return isBusy;
            };
            rank.Start();
            Assert.True(rank.Rank.State == RankState.Active, rank.Rank.Problem);
            HashSet<string> found = [.. rank.List("/").Select(name => "/" + name)];
            foreach (string directory in found.ToArray())
                found.UnionWith(rank.List(directory).Select(name => $"{directory}/{name}"));
            rank.Run();
            return found;
        }
    }

    private RankOptions Options(RankOptions options) => options with
    {
        CacheBytesMax = 16 << 20,
        EventBlocks = 512,
        CheckLevel = 0,
        SegmentEventsMax = 8,
        SegmentsMax = _writesBack ? 2 : 1000,
        SplitEntries = 6,
        MergeEntries = 2,
        SplitBits = 1,
    };

    private void Judge(int eventCount, HashSet<string> found)
    {
        int known = 0;
        _byName ??= [.. _changes.GroupBy(change => change.Name).Select(group =>
            (group.Key, group.First(change => change.IsMade), group.FirstOrDefault(change => !change.IsMade)))];
        foreach ((string name, Change made, Change? removed) in _byName)
        {
            bool mustBe = made.SafeAt <= eventCount && (removed is null || removed.AskedAt > eventCount);
            bool mustNot = made.AskedAt > eventCount || removed?.SafeAt <= eventCount;
            bool isThere = found.Contains(name);
            known += isThere ? 1 : 0;
            Assert.True(isThere || !mustBe, $"{name}, acknowledged at {made.SafeAt}, is lost at {eventCount}");
            Assert.True(!isThere || !mustNot, $"{name} is there at {eventCount}, and should not be");
        }

        Assert.Equal(known, found.Count);
    }

    private void Step(int number)
    {
        string directory = $"/d{_random.NextInt(Directories)}";
        int settled = _there.FindIndex(item => _changes[item.MadeBy].SafeAt < NeverSafe);
        switch (_random.NextInt(10))
        {
            case < 2 when settled >= 0:
                Ask(ClientOp.Unlink, _there[settled].Name, isMade: false);
                _there.RemoveAt(settled);
                break;
            case 2 when settled >= 0:
                string target = $"{directory}/r{number}";
                Ask(ClientOp.Rename, _there[settled].Name, isMade: false, target);
                _there[settled] = (target, _changes.Count - 1);
                break;
            case 3:
                _rank!.Submit(new ClientRequest(0, ClientOp.Fragment)
                {
                    Path = Encoding.UTF8.GetBytes(directory), SplitBits = _random.NextInt(3),
                });
                break;
            default:
                Ask(ClientOp.Create, $"{directory}/f{number}", isMade: true);
                _there.Add(($"{directory}/f{number}", _changes.Count - 1));
                break;
        }
    }

    /// <summary>Asks for a change; of a rename, first the old name's, then the new one's.</summary>
    private void Ask(ClientOp op, string path, bool isMade, string? target = null)
    {
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path), Path2 = Encoding.UTF8.GetBytes(target ?? "") };
        int now = Recorder.EventCount;
        ulong tid = _rank!.Submit(request);
        _changes.Add(new Change(path, isMade, tid, now));
        if (target is not null)
            _changes.Add(new Change(target, IsMade: true, tid, now));
    }

    /// <summary>Notes which changes have become safe by now.</summary>
    private void Note()
    {
        foreach (Change change in _changes)
        {
            if (change.SafeAt == int.MaxValue && _rank!.RepliesTo(change.Tid) is [.., { IsSafe: true } reply])
            {
                // A mutant's log may fill up: it trims nothing.
                Assert.True(reply.Error.IsNone || reply.Error == IoError.NoSpace, reply.Error.Name);
                Refused += reply.Error.Failed ? 1 : 0;
                change.SafeAt = reply.Error.IsNone ? Recorder.EventCount : NeverSafe;
            }
        }
    }

    private void Settle()
    {
        do
        {
            _rank!.Run();
            Note();
        }
        while (Pump(int.MaxValue));
    }

    private bool Pump(int count)
    {
        bool isBusy = _memory.PendingCount > 0;
        _memory.Pump(count);
        return isBusy;
    }

    private sealed record Change(string Name, bool IsMade, ulong Tid, int AskedAt)
    {
        /// <summary>Acknowledged as safe after so many events of the device.</summary>
        public int SafeAt { get; set; } = int.MaxValue;
    }
}
