// A rank at work on a DeviceLog over a recording device with a volatile cache, and what a crash at any moment of that must leave.
//
// One thread: the device completes when it is pumped. A file is changed (made, renamed, given attributes, removed) by one request
// at a time, so that what was asked and acknowledged by a moment leaves one or two things that it may be (CrashFile). A crash
// state is given to a whole rank: it opens the log, replays, and is asked for every directory and every file.
// What a rank finds depends on the records that the log still has and on the store: states that agree in both are given to one
// rank, and judged one by one. Where the records end is found once for each image of the device.

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
    private const int LongBytes = 240;

    /// <summary>One in so many renames exchanges two names, where there are two files or directories.</summary>
    private const int ExchangeOneIn = 3;

    private readonly List<CrashFile> _files = [];
    private readonly List<CrashFile> _there = [];
    private readonly SeededRandom _random;
    private readonly MemoryDevice _memory = new(DeviceBytes, 512, CompletionMode.Manual);
    private readonly MemoryDevice _scratch = new(DeviceBytes, 512, CompletionMode.Manual);
    private readonly BufferPool _pool = new(new BufferPoolOptions { BlockCount = 1024 });
    private readonly MemoryStore _store = new();
    private readonly RecordedObjects _objects;
    private readonly bool _usesFua;
    private readonly bool _writesBack;
    private readonly Dictionary<ulong, (long Start, long End)> _records = [];
    private readonly Dictionary<(long Start, long End, int Stored), Dictionary<string, FileStat>> _found = [];
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

    /// <summary>Half of what is done are renames, where there is a file.</summary>
    public bool PrefersRenames { get; init; }

    /// <summary>Changes acknowledged as safe.</summary>
    public int Acknowledged => _files.Sum(file => file.Changes.Count(change => change.SafeAt < CrashChange.Never));

    /// <summary>Changes refused for want of room in the log.</summary>
    public int Refused { get; private set; }

    /// <summary>Pairs of names that were exchanged.</summary>
    public int Exchanged { get; private set; }

    /// <summary>Ranks that were started on crash states.</summary>
    public int Ranks { get; private set; }

    /// <summary>Crash states that were judged.</summary>
    public long Judged { get; private set; }

    /// <summary>Images of the device that a log was looked for in.</summary>
    public int Images => _records.Count;

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
                Ask(new CrashFile(), ClientOp.MakeDirectory, $"/d{i}", $"/d{i}", null, null);
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

    /// <summary>Says what is wrong with what a rank finds in a crash state.</summary>
    public void Check(CrashState state)
    {
        int stored = _objects.CountAt(state.EventCount);
        if (!_records.TryGetValue(state.ImageHash, out (long Start, long End) records)
            || !_found.TryGetValue((records.Start, records.End, stored), out Dictionary<string, FileStat>? found))
        {
            state.CopyTo(_scratch);
            LogCheck check = DeviceLog.Check(_scratch);
            Assert.True(check.Problem == StoreProblem.None, check.Message);
            records = (check.Start, check.End);
            _records[state.ImageHash] = records;
            if (!_found.TryGetValue((records.Start, records.End, stored), out found))
            {
                found = Recover(state.EventCount);
                _found.Add((records.Start, records.End, stored), found);
            }
        }

        int known = 0;
        foreach (CrashFile file in _files)
            known += file.Judge(state.EventCount, found);
        Assert.Equal(known, found.Count);
        Judged++;
    }

    public void Dispose()
    {
        Recorder.Dispose();
        _scratch.Dispose();
        _store.Dispose();
        _pool.Dispose();
    }

    /// <summary>Starts a rank over what is in the scratch device, and asks for everything.</summary>
    private Dictionary<string, FileStat> Recover(int eventCount)
    {
        Ranks++;
        using MemoryStore store = new();
        _objects.Restore(eventCount, store, _pool);
        DeviceLog log = DeviceLog.Open(new PromptReadDevice(_scratch), new LogOptions { UsesFua = _usesFua });
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
            Dictionary<string, FileStat> found = [];
            Walk(rank, "", found);
            rank.Run();
            return found;
        }
    }

    private static void Walk(RankHarness rank, string directory, Dictionary<string, FileStat> found)
    {
        foreach (string name in rank.List(directory.Length == 0 ? "/" : directory))
        {
            string path = $"{directory}/{name}";
            ClientReply reply = rank.Call(ClientOp.Lookup, path);
            Assert.True(reply.Error.IsNone, $"{path} is listed, and cannot be looked up: {reply.Error.Name}");
            found.Add(path, reply.Stat);
            if (reply.Stat.Type == InodeType.Directory)
                Walk(rank, path, found);
        }
    }

    private RankOptions Options(RankOptions options) => options with
    {
        CacheBytesMax = 4 << 20,
        EventBlocks = 512,
        CheckLevel = 0,
        SegmentEventsMax = 8,
        SegmentsMax = _writesBack ? 2 : 1000,
        SplitEntries = 6,
        MergeEntries = 2,
        SplitBits = 1,
    };

    private void Step(int number)
    {
        string directory = $"/d{_random.NextInt(Directories)}";
        CrashFile? file = _there.Find(item => item.IsAtRest);
        int drawn = _random.NextInt(10);
        switch (PrefersRenames && drawn < 5 ? 1 : drawn)
        {
            case 0 when file is not null:
                ClientOp removes = file.IsDirectory ? ClientOp.RemoveDirectory : ClientOp.Unlink;
                Ask(file, removes, file.Last.Name!, null, null, null);
                _there.Remove(file);
                break;
            case 1 or 2 when file is not null:
                RenameOrExchange(number, directory, file);
                break;
            case 3 or 4 when file is { IsDirectory: false }:
                Ask(file, ClientOp.SetAttributes, file.Last.Name!, file.Last.Name, DrawMode(), _random.NextInt(1 << 20));
                Again(file);
                break;
            case 5:
                _rank!.Submit(new ClientRequest(0, ClientOp.Fragment)
                {
                    Path = Encoding.UTF8.GetBytes(directory), SplitBits = _random.NextInt(3),
                });
                break;
            case 6 when _random.NextInt(2) == 0:
                file = new CrashFile { IsDirectory = true };
                Ask(file, ClientOp.MakeDirectory, $"{directory}/e{number}", $"{directory}/e{number}", null, null);
                _there.Add(file);
                break;
            default:
                file = new CrashFile();
                Ask(file, ClientOp.Create, $"{directory}/f{number}", $"{directory}/f{number}", DrawMode(), 0);
                _there.Add(file);
                break;
        }
    }

    private void RenameOrExchange(int number, string directory, CrashFile file)
    {
        CrashFile? other = _random.NextInt(ExchangeOneIn) == 0 ? _there.FindLast(item => item.IsAtRest && item != file) : null;
        if (other is not null)
        {
            Exchange(file, other);
            Again(other);
        }
        else
        {
            string to = $"{directory}/r{number}{Long(number)}";
            Ask(file, ClientOp.Rename, file.Last.Name!, to, file.Last.Mode, file.Last.Size);
        }

        Again(file);
    }

    /// <summary>One request, and a change of both.</summary>
    private void Exchange(CrashFile one, CrashFile other)
    {
        int now = Recorder.EventCount;
        (CrashChange first, CrashChange second) = (one.Last, other.Last);
        ulong tid = _rank!.Submit(new ClientRequest(0, ClientOp.Rename)
        {
            Path = Encoding.UTF8.GetBytes(first.Name!), Path2 = Encoding.UTF8.GetBytes(second.Name!), Flags = OpenFlags.Exchange,
        });
        one.Add(new CrashChange(tid, now, second.Name, first.Mode, first.Size));
        other.Add(new CrashChange(tid, now, first.Name, second.Mode, second.Size));
        Exchanged++;
    }

    /// <summary>Most of what a new name may be long: what a rename says then fills a sector, and does not lie in one with what
    /// comes before it.</summary>
    private static string Long(int number) => new((char)('a' + (number % 26)), LongBytes);

    private uint DrawMode() => 0x180 | (uint)_random.NextInt(0x40);

    /// <summary>Others come first.</summary>
    private void Again(CrashFile file)
    {
        _there.Remove(file);
        _there.Add(file);
    }

    /// <summary>Asks for a change of a file, which leaves it under a name, or nowhere, with these attributes.</summary>
    private void Ask(CrashFile file, ClientOp op, string path, string? name, uint? mode, long? size)
    {
        ClientRequest request = new(0, op)
        {
            Path = Encoding.UTF8.GetBytes(path),
            Path2 = Encoding.UTF8.GetBytes(op == ClientOp.Rename ? name! : ""),
            Changes = op switch
            {
                ClientOp.Create => new AttributeChanges { Mode = mode },
                ClientOp.SetAttributes => new AttributeChanges { Mode = mode, Size = size },
                _ => default,
            },
        };
        int now = Recorder.EventCount;
        if (file.Changes.Count == 0)
            _files.Add(file);
        file.Add(new CrashChange(_rank!.Submit(request), now, name, mode, size));
    }

    /// <summary>Notes which changes have become safe by now.</summary>
    private void Note()
    {
        foreach (CrashFile file in _files)
        {
            CrashChange change = file.Last;
            if (change.SafeAt != int.MaxValue || _rank!.RepliesTo(change.Tid) is not [.., { IsSafe: true } reply])
                continue;
            // A mutant's log may fill up: it trims nothing.
            Assert.True(reply.Error.IsNone || reply.Error == IoError.NoSpace, reply.Error.Name);
            Refused += reply.Error.Failed ? 1 : 0;
            change.SafeAt = reply.Error.IsNone ? Recorder.EventCount : CrashChange.Never;
            if (reply.Error.IsNone && file.Changes.Count == 1)
                file.Ino = reply.Stat.Ino;
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
}
