using Engine.Buffers;
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
        using var client = new FsClient(loop, "ns", new ClientId(1), ending.Token);
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
        using var client = new FsClient(loop, "ns", new ClientId(1));
        loop.Start();
        Exception? thrown = null;
        var asks = new Thread(() => thrown = Record.Exception(() => Ask(client))) { IsBackground = true };
        asks.Start();
        Assert.True(asks.Join(s_patience));
        NoRoomException refusal = Assert.IsType<NoRoomException>(thrown);
        Assert.Equal(ExitCode.Environment, refusal.ExitCode);
        Assert.StartsWith("ns: no space is left for its journal", refusal.Message, StringComparison.Ordinal);
    }

    private static void Ask(FsClient client) => client.Call(FsTree.Ask(ClientOp.MakeDirectory, "/d"u8.ToArray()));
}
