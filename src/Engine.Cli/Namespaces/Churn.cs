using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

// Purpose: random changes whose outcome is known, for tests that kill the process in the middle.
// Shape: lanes, each a directory of its own with at most one change under way; many lanes, so that the journal makes changes of
// many lanes durable at once. Every change succeeds by what the lane knows of its directory; a refusal ends the run.
// The log: "B LANE TEXT" before a change is handed in, "S LANE" once it is safe. Written to the file at once: a killed process
// leaves what it wrote. TEXT is: mkdir N, create N SIZE, unlink N, rmdir N, rename N M, link N M, size N SIZE.

/// <summary>Makes random changes in lanes.</summary>
internal sealed class Churn(FsClient client, ulong seed, Stream log, CancellationToken cancellation)
{
    private const int LaneCount = 8;
    private const int NamesMax = 40;
    private const int SizeMax = 1 << 20;

    private readonly SeededRandom _random = new(seed);
    private readonly Lock _logGate = new();
    private readonly Lane[] _lanes = new Lane[LaneCount];

    /// <summary>Makes changes until so many were handed in, or the run is cancelled.</summary>
    public void Run(int operations)
    {
        string life = seed.ToString(CultureInfo.InvariantCulture);
        for (int index = 0; index < LaneCount; index++)
        {
            _lanes[index] = new Lane(index, $"/life{life}-lane{index}");
            ReadOnlyMemory<byte> path = FsPath.Parse(_lanes[index].Path);
            client.Call(FsTree.Ask(ClientOp.MakeDirectory, path)).Must("churn", path);
            Write($"L {index} {_lanes[index].Path}\n");
        }

        for (int done = 0; done < operations && !cancellation.IsCancellationRequested; done++)
        {
            Lane? lane = null;
            client.WaitUntil(() => (lane = Array.Find(_lanes, candidate => !candidate.IsBusy)) is not null);
            Change(lane!);
        }

        client.WaitForAll();
    }

    private void Change(Lane lane)
    {
        if (lane.Refusal is { } refusal)
            throw lane.HasNoRoom ? client.NoRoom() : new CliException(ExitCode.Failure, $"churn: {refusal}");
        (string text, ClientRequest request) = lane.Names.Count < 2 ? Make(lane) : Draw(lane);
        lane.IsBusy = true;
        Write($"B {lane.Index} {text}\n");
        client.Submit(request, Answered, lane);
    }

    private (string Text, ClientRequest Request) Draw(Lane lane)
    {
        string name = lane.Names.Keys.ElementAt(_random.NextInt(lane.Names.Count));
        bool isDirectory = lane.Names[name];
        int choice = _random.NextInt(10);
        if (choice < 3 || lane.Names.Count >= NamesMax)
        {
            lane.Names.Remove(name);
            return isDirectory
                ? ($"rmdir {name}", FsTree.Ask(ClientOp.RemoveDirectory, lane.PathOf(name)))
                : ($"unlink {name}", FsTree.Ask(ClientOp.Unlink, lane.PathOf(name)));
        }

        if (choice >= 7)
            return Make(lane);
        string other = lane.NextName();
        if (choice == 3 && !isDirectory)
        {
            lane.Names.Add(other, false);
            return ($"link {name} {other}", FsTree.Ask(ClientOp.Link, lane.PathOf(name)) with { Path2 = lane.PathOf(other) });
        }

        if (choice == 4 && !isDirectory)
        {
            long size = _random.NextInt(SizeMax);
            ClientRequest request = FsTree.Ask(ClientOp.SetAttributes, lane.PathOf(name));
            return (Text($"size {name} {size}"), request with { Changes = new AttributeChanges { Size = size } });
        }

        lane.Names.Remove(name);
        lane.Names.Add(other, isDirectory);
        return ($"rename {name} {other}", FsTree.Ask(ClientOp.Rename, lane.PathOf(name)) with { Path2 = lane.PathOf(other) });
    }

    private (string Text, ClientRequest Request) Make(Lane lane)
    {
        string name = lane.NextName();
        bool isDirectory = _random.NextInt(4) == 0;
        lane.Names.Add(name, isDirectory);
        if (isDirectory)
            return ($"mkdir {name}", FsTree.Ask(ClientOp.MakeDirectory, lane.PathOf(name)));
        long size = _random.NextInt(SizeMax);
        ClientRequest request = FsTree.Ask(ClientOp.Create, lane.PathOf(name));
        return (Text($"create {name} {size}"), request with { Changes = new AttributeChanges { Size = size } });
    }

    private void Answered(ClientRequest request, ClientReply reply, object? state)
    {
        if (!reply.IsSafe)
            return;
        var lane = (Lane)state!;
        lane.HasNoRoom = reply.Error.Failed && reply.Error == client.Refusal;
        if (reply.Error.Failed)
            lane.Refusal = $"{request.Op} {FsPath.Show(request.Path.Span)}: {reply.Error.Name}";
        else
            Write($"S {lane.Index}\n");
        lane.IsBusy = false;
    }

    private void Write(string line)
    {
        lock (_logGate)
        {
            log.Write(Encoding.UTF8.GetBytes(line));
            log.Flush();
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Lane(int index, string path)
    {
        private int _next;

        public int Index { get; } = index;

        public string Path { get; } = path;

        /// <summary>Names by order, and whether each is a directory.</summary>
        public SortedDictionary<string, bool> Names { get; } = new(StringComparer.Ordinal);

        public volatile bool IsBusy;

        public volatile string? Refusal;

        /// <summary>It was for want of room in the journal; set before.</summary>
        public bool HasNoRoom;

        public string NextName() => "n" + (_next++).ToString(CultureInfo.InvariantCulture);

        public ReadOnlyMemory<byte> PathOf(string name) => FsPath.Parse(Path + "/" + name);
    }
}
