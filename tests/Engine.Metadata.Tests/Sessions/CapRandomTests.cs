// Clients that open, write, close, give up, fall silent and are thrown out, against operations of the rank: bits of different
// clients always agree, nobody believes to have more than the rank knows of, what is flushed is answered, everybody gets what it
// wants in the end.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Sessions;

public sealed class CapRandomTests
{
    private const int Steps = 600;
    private const CapBits ReadWrite = CapBits.FileRead | CapBits.FileCache | CapBits.FileWrite | CapBits.FileBuffer;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void ClientsAgreeWhateverHappens(int inodes, bool isUnruly)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var random = new SeededRandom(seed);
            using var world = new CapWorld(inodes, clients: 3);
            ulong operation = 0;
            for (int i = 0; i < Steps; i++)
            {
                Step(world, random, isUnruly, ref operation);
                world.Check();
            }

            ComeToRest(world);
            CheckAtRest(world);
        }
    }

    private static void Step(CapWorld world, SeededRandom random, bool isUnruly, ref ulong operation)
    {
        CapClient client = world.Clients[random.NextInt(world.Clients.Count)];
        LockObject inode = world.Inodes[random.NextInt(world.Inodes.Count)];
        HeldCap? held = client.Held.GetValueOrDefault((inode.Ino, new RankId(0)));
        switch (random.NextInt(14))
        {
            case 0:
                CapWorld.Open(client, inode, (CapBits)(random.Next() & random.Next()) & CapBits.All);
                break;
            case 1 when held is not null:
                client.Want(held, random.NextBool(0.5) ? CapBits.None : (CapBits)random.Next() & CapBits.All);
                break;
            case 2 when held is not null:
                client.Write(held);
                break;
            case 3 when held is not null && random.NextBool(0.3):
                client.Release(held);
                break;
            case 4:
                Begin(world, random, inode, client.Id, ++operation);
                break;
            case 5 or 6 when world.Acquired.Count > 0:
                Finish(world, random.NextInt(world.Acquired.Count));
                break;
            case 7 when isUnruly && random.NextBool(0.1):
                Misbehave(world, random, client);
                break;
            case 8:
                world.CompleteJournal();
                break;
            case 9 when world.Ready.Count > 0:
                world.Ready.Dequeue()();
                break;
            case 10 or 11:
                world.DeliverToRank(client);
                break;
            default:
                world.DeliverToClient(client);
                break;
        }
    }

    private static void Misbehave(CapWorld world, SeededRandom random, CapClient client)
    {
        world.NowMicros += 1_000_000;
        if (random.NextBool(0.3))
        {
            world.Kill(client);
            return;
        }

        if (random.NextBool(0.5))
        {
            foreach (CapClient other in world.Clients.Where(other => other != client))
                world.Sessions.Renew(other.Id, 0, world.NowMicros);
            world.Sessions.Tick(world.NowMicros, staleAfterMicros: 1, evictAfterMicros: long.MaxValue, []);
        }
        else
        {
            world.OpenSession(client);
        }
    }

    private static void Begin(CapWorld world, SeededRandom random, LockObject inode, ClientId client, ulong operation)
    {
        if (world.Acquired.Count + world.Waiting > 4)
            return;
        var set = new LockSet(world.Machine, world);
        set.Reset(operation, random.NextBool(0.5) ? client : new ClientId(-1));
        for (int i = random.NextInt(1, 3); i > 0; i--)
        {
            LockKind kind = random.NextInt(4) switch
            {
                0 => LockKind.Auth,
                1 => LockKind.Link,
                2 => LockKind.Xattr,
                _ => LockKind.File,
            };
            var mode = (LockMode)random.NextInt(3);
            set.Add(inode, kind, mode == LockMode.Write && kind != LockKind.File ? LockMode.Exclusive : mode);
        }

        world.Try(set);
    }

    private static void Finish(CapWorld world, int index)
    {
        LockSet set = world.Acquired[index];
        world.Acquired.RemoveAt(index);
        set.Release();
    }

    private static void ComeToRest(CapWorld world)
    {
        foreach (CapClient client in world.Clients)
        {
            world.OpenSession(client);
            world.Sessions.Renew(client.Id, 0, world.NowMicros);
        }

        for (int i = 0; i < 5000; i++)
        {
            world.Check();
            if (world.Ready.TryDequeue(out Action? retry))
                retry();
            else if (!world.Clients.Exists(world.DeliverToClient) && !world.Clients.Exists(world.DeliverToRank)
                && !world.CompleteJournal())
            {
                if (world.Acquired.Count == 0)
                    return;
                Finish(world, 0);
            }
        }

        Assert.Fail("it does not come to rest");
    }

    private static void CheckAtRest(CapWorld world)
    {
        Assert.Equal(0, world.Waiting);
        Assert.All(world.Clients, client => Assert.Empty(client.Flushing));
        foreach (LockObject inode in world.Inodes)
        {
            List<Cap> caps = [];
            if (world.Caps.Find(inode.Ino) is { } found)
                world.Caps.List(found, caps);
            Assert.All(caps, cap => Assert.False(cap.IsRevoking, $"{cap.Client} {cap.Issued} {cap.Pending}"));
            foreach (Cap cap in caps)
            {
                CapClient client = world.Clients.Find(other => other.Id == cap.Client)!;
                HeldCap held = client.Held[(inode.Ino, new RankId(0))];
                Assert.Equal((cap.Id, cap.Pending), (held.CapId, held.Caps));
                Assert.Equal(CapBits.None, held.Wanted & ~cap.Wanted);
            }

            Cap[] wanting = [.. caps.Where(cap => (cap.Wanted & ~CapBits.Pin) != 0)];
            if (wanting.Length == 1)
                Assert.Equal(CapBits.None, wanting[0].Wanted & ReadWrite & ~wanting[0].Pending);
            CapBits uncached = CapBits.FileRead | CapBits.FileWrite;
            if (caps.Exists(cap => cap.Wanted.HasFlag(CapBits.FileWrite)))
                Assert.All(wanting, cap => Assert.Equal(CapBits.None, cap.Wanted & uncached & ~cap.Pending));
        }
    }
}
