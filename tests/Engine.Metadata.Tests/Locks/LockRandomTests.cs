// Random interleavings of operations, messages, clients, freezing and moves of authority: see LockModel for what must hold.

using Engine.Buffers;

namespace Engine.Metadata.Tests.Locks;

public sealed class LockRandomTests
{
    private const int Seeds = 30;
    private const int Steps = 400;

    [Theory]
    [InlineData(LockKind.Dn, 0, false)]
    [InlineData(LockKind.Auth, 2, false)]
    [InlineData(LockKind.File, 2, false)]
    [InlineData(LockKind.File, 2, true)]
    [InlineData(LockKind.Nest, 0, false)]
    [InlineData(LockKind.Nest, 0, true)]
    [InlineData(LockKind.Dft, 0, false)]
    public void GrantsStayCompatibleAndEverybodyGetsItsTurn(LockKind kind, int clients, bool isDelegation)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var random = new SeededRandom(seed);
            var model = new LockModel(kind, 1 + random.NextInt(4), clients) { IsDelegation = isDelegation };
            for (int i = 0; i < Steps; i++)
            {
                Step(model, random, mayMove: false);
                model.Check();
            }

            ComeToRest(model, random);
        }
    }

    [Theory]
    [InlineData(LockKind.Dn, false, false)]
    [InlineData(LockKind.Nest, false, false)]
    [InlineData(LockKind.Nest, true, false)]
    [InlineData(LockKind.File, true, false)]
    [InlineData(LockKind.Nest, true, true)]
    [InlineData(LockKind.Dn, false, true)]
    public void AuthorityMovesWithItsLock(LockKind kind, bool isDelegation, bool movesUnstable)
    {
        int moves = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var random = new SeededRandom(seed);
            var model = new LockModel(kind, 2 + random.NextInt(3))
            {
                IsDelegation = isDelegation,
                MovesUnstable = movesUnstable,
            };
            for (int i = 0; i < Steps; i++)
            {
                LockModelRank before = model.Authority;
                Step(model, random, mayMove: true);
                moves += before == model.Authority ? 0 : 1;
                model.Check();
            }

            ComeToRest(model, random);
        }

        Assert.True(moves > Seeds, $"only {moves} moves");
    }

    [Fact]
    public void ALockInUseByNobodyCostsNothing()
    {
        var model = new LockModel(LockKind.Nest, 1);
        for (int i = 0; i < 3; i++)
        {
            foreach (LockMode mode in Enum.GetValues<LockMode>())
            {
                LockModelOperation operation = model.Begin(model.Authority, mode, new ClientId(-1));
                Assert.True(operation.IsHolding && model.Authority.HasItem);
                model.Finish(operation);
                Assert.False(model.Authority.HasItem);
                Assert.Equal(LockState.Sync, model.Authority.State);
            }
        }
    }

    private static void ComeToRest(LockModel model, SeededRandom random)
    {
        foreach (LockModelRank rank in model.Ranks)
            model.Unfreeze(rank);
        foreach (LockModelClient client in model.Clients)
            model.Want(client, LockCaps.None);
        model.Settle(random);
        // Somebody reads everywhere in turn, so that all shares are gathered and everyone sees the sum.
        foreach (LockModelRank rank in model.Ranks)
        {
            model.Begin(rank, LockMode.Read, new ClientId(-1));
            model.Settle(random);
        }

        model.CheckAtRest();
    }

    private static void Step(LockModel model, SeededRandom random, bool mayMove)
    {
        switch (random.NextInt(12))
        {
            case 0 or 1:
                Begin(model, random);
                break;
            case 2 or 3 or 4:
                model.Deliver(random.NextInt(64));
                break;
            case 5 or 6:
                LockModelOperation[] held = [.. model.Operations.Where(operation => operation.IsHolding)];
                if (held.Length > 0)
                    Advance(model, held[random.NextInt(held.Length)], random);
                break;
            case 7:
                model.GiveBack(random.NextInt(64));
                break;
            case 8:
                model.WriteBehind();
                break;
            case 9:
                ChangeWants(model, random);
                break;
            case 10:
                LockModelRank rank = model.Ranks[random.NextInt(model.Ranks.Count)];
                if (mayMove)
                    Move(model, rank, random);
                else if (rank.IsFrozen || random.NextBool(0.7))
                    model.Unfreeze(rank);
                else
                    rank.IsFrozen = true;
                break;
            default:
                if (model.Ready.TryDequeue(out LockModelOperation? woken))
                    model.Try(woken);
                else
                    model.Evaluate();
                break;
        }
    }

    private static void Move(LockModel model, LockModelRank importer, SeededRandom random)
    {
        if (!model.MovesUnstable && random.NextBool(0.3))
            model.Settle(random);
        foreach (LockModelOperation held in model.Operations
            .Where(operation => operation.IsHolding && operation.Rank == model.Authority).ToArray())
            model.Finish(held);
        while (model.DeliverFrom(model.Authority))
            model.Check();
        model.TryMove(importer);
    }

    private static void Begin(LockModel model, SeededRandom random)
    {
        if (model.Operations.Count >= 8)
            return;
        LockModelRank rank = model.Ranks[random.NextInt(model.Ranks.Count)];
        var mode = (LockMode)random.NextInt(3);
        if (mode == LockMode.Write && !LockRules.IsScatter(model.Kind))
            mode = LockMode.Exclusive;
        ClientId client = rank.Clients.Count == 0 || random.NextBool(0.3)
            ? new ClientId(-1)
            : rank.Clients[random.NextInt(rank.Clients.Count)].Id;
        model.Begin(rank, mode, client);
    }

    private static void Advance(LockModel model, LockModelOperation operation, SeededRandom random)
    {
        if (!operation.IsMade && random.NextBool(0.5))
            model.Change(operation);
        else
            model.Finish(operation);
    }

    private static void ChangeWants(LockModel model, SeededRandom random)
    {
        LockModelClient[] clients = [.. model.Clients];
        if (clients.Length > 0)
        {
            LockCaps wanted = random.NextBool(0.4) ? LockCaps.None : (LockCaps)random.NextInt(256);
            model.Want(clients[random.NextInt(clients.Length)], wanted);
        }
    }
}
