using Engine.Buffers;
using Engine.Cli.Commands;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;
using Engine.Testing.Metadata;

namespace Engine.Cli.Tests;

/// <summary>What ends a command's wait for its rank.</summary>
public sealed class FsClientTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly RankOptions s_options = new() { Incarnation = 1, ReconnectMicros = 0 };

    [Fact]
    public void AJournalThatNeverAnswers_IsWaitedForUntilTheCommandIsToEnd()
    {
        using var store = new MemoryStore();
        using var loop = new RankLoop(s_options, new MemoryLog { StallsFlushes = true }, store, TimeProvider.System, 1);
        using var ending = new CancellationTokenSource();
        using var client = new RankFsClient(loop, "ns", new ClientId(1), ending.Token);
        loop.Start();
        Exception? thrown = null;
        var asks = new Thread(() => thrown = Record.Exception(() => Ask(client))) { IsBackground = true };
        asks.Start();
        ending.Cancel();
        Assert.True(asks.Join(s_patience));
        Assert.IsAssignableFrom<OperationCanceledException>(thrown);
        client.WaitForAll(TimeSpan.Zero);
    }

    [Fact]
    public void AJournalWithoutRoom_EndsTheWait()
    {
        using var store = new MemoryStore();
        var log = new MemoryLog { Refusal = IoError.NoSpace };
        using var loop = new RankLoop(s_options, log, store, TimeProvider.System, 1);
        using var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        Exception? thrown = null;
        var asks = new Thread(() => thrown = Record.Exception(() => Ask(client))) { IsBackground = true };
        asks.Start();
        Assert.True(asks.Join(s_patience));
        NoRoomException refusal = Assert.IsType<NoRoomException>(thrown);
        Assert.Equal(ExitCode.Environment, refusal.ExitCode);
        Assert.StartsWith("ns: no space is left for its journal", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARefusalOfOnePath_EndsNoCommand_ThoughTheJournalHasNoRoom()
    {
        using var store = new MemoryStore();
        using var loop = new RankLoop(
            s_options, new MemoryLog { Refusal = IoError.NoSpace }, store, TimeProvider.System, 1);
        using var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        Assert.Throws<NoRoomException>(() => Ask(client));
        using var error = new StringWriter();
        var console = new CliConsole(TextWriter.Null, error, false, false);
        List<string> tried = [];
        ReadOnlyMemory<byte>[] paths = [FsPath.Parse("/a"), FsPath.Parse("/b"), FsPath.Parse("/c"), FsPath.Parse("/d")];
        Assert.Throws<NoRoomException>(() => FsCommands.ForEach(console, client, paths, path =>
        {
            tried.Add(FsPath.Show(path.Span));
            if (tried.Count < 3)
                throw new CliException(ExitCode.Failure, $"{tried[^1]}: exists already");
            Ask(client);
        }));
        Assert.Equal(["/a", "/b", "/c"], tried);
        Assert.Equal("engine: /a: exists already\nengine: /b: exists already\n", error.ToString());
    }

    [Theory]
    [InlineData(5, "since directories cannot be written to the store (EIO): nothing can be changed until that is mended")]
    [InlineData(28, "since no space is left for directories (ENOSPC): nothing can be changed; free some on the file system")]
    public void AnImportEnds_WhenAStoreThatFailsFillsTheJournal(int errno, string why)
    {
        DirectoryInfo source = Directory.CreateTempSubdirectory("engine-cli-");
        for (int i = 0; i < 3000; i++)
            File.WriteAllBytes(Path.Combine(source.FullName, $"f{i}"), []);
        using var store = new MemoryStore();
        var objects = new GatedObjects(store, new EffectGate()) { Failure = new IoError(errno) };
        RankOptions options = s_options with { SegmentEventsMax = 128, SegmentsMax = 30 };
        using var loop = new RankLoop(options, new MemoryLog { BytesMax = 1 << 18 }, objects, TimeProvider.System, 1);
        using var client = new RankFsClient(loop, "ns", new ClientId(1));
        loop.Start();
        var run = new ImportRun(client, skipsExisting: false, static (_, _) => { }, CancellationToken.None);
        NoRoomException refusal = Assert.Throws<NoRoomException>(() => run.Run(source.FullName, "/"u8.ToArray()));
        Assert.StartsWith("ns: its journal is full, " + why, refusal.Message, StringComparison.Ordinal);
        Assert.True(run.IsComplete);
        refusal = Assert.Throws<NoRoomException>(() =>
        {
            // What a change takes is known when it is made.
            for (int i = 0; i < 3000; i++)
                Ask(client, $"/another{i}");
        });
        Assert.StartsWith("ns: its journal is full, " + why, refusal.Message, StringComparison.Ordinal);
        source.Delete(recursive: true);
    }

    private static void Ask(FsClient client, string path) =>
        client.Call(FsTree.Ask(ClientOp.MakeDirectory, FsPath.Parse(path))).Must("mkdir", FsPath.Parse(path));

    private static void Ask(FsClient client) => client.Call(FsTree.Ask(ClientOp.MakeDirectory, "/d"u8.ToArray()));
}
