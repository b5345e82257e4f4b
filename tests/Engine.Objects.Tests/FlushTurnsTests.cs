// Turns of flushes by hand: the test ends them, in whatever order and from whatever thread, and looks at what riders are told.
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Objects.Tests;

/// <summary>Turns of flushes whose ends come inside, late, twice or never as promised.</summary>
public sealed class FlushTurnsTests
{
    [Fact]
    public void WhoComesMeanwhileSharesTheNext()
    {
        Turns turns = new();
        turns.Join(1);
        turns.Join(2);
        turns.Join(3);
        turns.End(1, IoError.None);
        Assert.Equal(["1 OK"], turns.Told);
        turns.End(2, IoError.Io);
        Assert.Equal(["1 OK", "2 EIO", "3 EIO"], turns.Told);
        Assert.Equal(2u, turns.BeganLast);
    }

    /// <summary>It accepted the flush, threw, and completes it after all: with nobody waiting, or while the next is under
    /// way.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ALateCompletionIsNobodys(bool isNextUnderWay)
    {
        Turns turns = new() { Throws = true };
        turns.Join(1);
        Assert.Equal(["1 EIO"], turns.Told);
        turns.Throws = false;
        if (isNextUnderWay)
            turns.Join(2);
        turns.End(1, IoError.None);
        Assert.Equal(["1 EIO"], turns.Told);
        if (!isNextUnderWay)
            turns.Join(2);
        turns.End(2, IoError.NoSpace);
        turns.End(2, IoError.None);
        Assert.Equal(["1 EIO", "2 ENOSPC"], turns.Told);
        Assert.Equal(2, turns.Settled);
    }

    /// <summary>It had ended the flush before it threw: that end counts. Whoever joins is told of bugs alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsThrownAfterTheEndChangesNothing(bool isBug)
    {
        Turns turns = new() { Throws = true, IsBug = isBug, EndsFirst = IoError.NoSpace };
        Exception? thrown = Record.Exception(() => turns.Join(1));
        Assert.Equal(isBug, thrown is InvariantException);
        Assert.True(isBug || thrown is null);
        Assert.Equal(["1 ENOSPC"], turns.Told);
        turns.Throws = false;
        turns.Join(2);
        turns.End(2, IoError.None);
        Assert.Equal(["1 ENOSPC", "2 OK"], turns.Told);
    }

    [Fact]
    public void ABugIsThrownOnWhenAllAreTold()
    {
        Turns turns = new() { Throws = true, IsBug = true };
        Assert.Throws<InvariantException>(() => turns.Join(1));
        Assert.Equal(["1 EIO"], turns.Told);
    }

    [Fact]
    public void EndsInsideAndOnOtherThreadsLoseNobody()
    {
        const int Callers = 4;
        const int Joins = 3000;
        using CountdownEvent told = new(Callers * Joins);
        Turns turns = new() { EndsItself = true, OnTold = () => told.Signal() };
        Thread[] threads = [.. Enumerable.Range(0, Callers).Select(caller => new Thread(() =>
        {
            for (int i = 0; i < Joins; i++)
                turns.Join(caller);
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.True(told.Wait(TimeSpan.FromSeconds(60)), $"{told.CurrentCount} were never told");
        Assert.Equal(1, turns.Most);
    }

    private sealed class Turns : FlushTurns<int>
    {
        private int _underWay;

        public bool Throws { get; set; }

        /// <summary>What it throws is a broken invariant.</summary>
        public bool IsBug { get; init; }

        /// <summary>How it ends the flush before it throws; none: it does not.</summary>
        public IoError EndsFirst { get; init; }

        /// <summary>Every other flush ends inside, the rest on the pool.</summary>
        public bool EndsItself { get; init; }

        public Action? OnTold { get; init; }

        public List<string> Told { get; } = [];

        public uint BeganLast { get; private set; }

        public int Settled { get; private set; }

        /// <summary>Most flushes that were under way at once.</summary>
        public int Most { get; private set; }

        public void End(uint turn, IoError error) => Completed(turn, error);

        protected override void Begin(uint turn)
        {
            BeganLast = turn;
            if (Throws && EndsFirst.Failed)
                Completed(turn, EndsFirst);
            if (Throws && IsBug)
                throw new InvariantException("on purpose");
            if (Throws)
                throw new NotSupportedException("on purpose");
            if (!EndsItself)
                return;
            Most = Math.Max(Most, Interlocked.Increment(ref _underWay));
            if (turn % 2 == 0)
                Finish(turn);
            else
                ThreadPool.QueueUserWorkItem(_ => Finish(turn));
        }

        protected override IoError Settle(IoError error)
        {
            Settled++;
            return error;
        }

        protected override void End(int rider, IoError error)
        {
            if (OnTold is null)
                Told.Add($"{rider} {error}");
            OnTold?.Invoke();
        }

        private void Finish(uint turn)
        {
            Interlocked.Decrement(ref _underWay);
            Completed(turn, IoError.None);
        }
    }
}
