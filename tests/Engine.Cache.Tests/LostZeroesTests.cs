// Zeroes that a failed flush of the store lost: they read as zeros, are done again, and make room for what comes after them.
// The store holds the byte 's' everywhere, durably, before it is zeroed.

using Engine.Cache;

namespace Engine.Cache.Tests;

public sealed class LostZeroesTests : IDisposable
{
    private static readonly BackendCapabilities s_volatile = ManualBackend.Default with { CommitIsDurable = false };

    private CacheFixture _f = Make(s_volatile);

    public void Dispose() => _f.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ZeroesDoneAndNotReportedAreLostToo(bool isInParts)
    {
        ExtentList extents = CacheFixture.Extent(A, 0, 4 * K);
        if (isInParts)
            extents.Add(A, 8 * K, 4 * K, 4 * K);
        _f.W(B, 0, 4 * K, 'b');
        PendingResult failed = _f.Flush();
        _f.Complete("write B 0~4K");
        PendingResult zero = _f.Discard(extents, DiscardMode.Invalidate, DiscardStore.WriteZeroes);
        if (isInParts)
            _f.Complete("zero A 8K~4K");
        _f.Perform("zero A 0~4K");
        PendingRead waiting = _f.R(A, 0, 4 * K);

        _f.Complete("flush", IoError.Io);
        _f.Complete("zero A 0~4K");

        Assert.Equal(IoError.Io, failed.Error);
        Assert.True(zero.IsOk);
        Assert.Equal(Bytes(4 * K, 's'), _f.Backend.Store.Read(A, 0, 4 * K));
        Assert.True(waiting.IsOk && waiting.Holds('\0'));
        PendingResult flush = _f.Flush();
        _f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(new byte[4 * K], _f.Backend.Durable.Read(A, 0, 4 * K));
        Assert.Equal(Bytes(4 * K, isInParts ? '\0' : 's'), _f.Backend.Durable.Read(A, 8 * K, 4 * K));
        PendingRead read = _f.R(A, 0, 4 * K);
        _f.CompleteAll();
        Assert.True(read.IsOk && read.Holds('\0'));
    }

    /// <summary>A store that flushes for FUA writes loses with one that fails what a failed flush loses, and tells of it at its
    /// next flush.</summary>
    [Fact]
    public void ZeroesThatAFailedFuaWriteLostReadAsZeros()
    {
        PendingResult zero = _f.Discard(A, 0, 4 * K, DiscardMode.Invalidate, DiscardStore.WriteZeroes);
        _f.Complete("zero A 0~4K");
        Assert.True(zero.IsOk);
        PendingResult fua = _f.W(B, 0, 4 * K, 'b', new WriteOptions { Fua = true });

        _f.Complete("write B 0~4K fua", IoError.Io);

        Assert.Equal(IoError.Io, fua.Error);
        PendingRead read = _f.R(A, 0, 4 * K);
        _f.CompleteAll();
        Assert.True(read.IsOk && read.Holds('\0'));
        _f.Flush();
        _f.CompleteAll();
        PendingResult flush = _f.Flush();
        _f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(new byte[4 * K], _f.Backend.Durable.Read(A, 0, 4 * K));
    }

    /// <summary>A flush that counted on zeroes to be done again waits for the write that took their place.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void FlushWaitsForAWriteOverThem(int alignment)
    {
        Remake(s_volatile with { WriteAlignment = alignment });
        Lose(0, 8 * K);
        _f.W(B, 0, 4 * K, 'b');
        PendingResult flush = _f.Flush();
        _f.W(A, 1 * K, 1 * K, 'a');

        _f.Complete("write B 0~4K");
        while (!flush.IsCompleted)
            _f.Complete(_f.Backend.PendingAt(0));

        Assert.True(flush.IsOk);
        byte[] durable = _f.Backend.Durable.Read(A, 0, 8 * K);
        Assert.Equal(Bytes(1 * K, 'a'), durable[(1 * K)..(2 * K)]);
        Assert.Equal(7 * K, durable.AsSpan().Count((byte)0));
    }

    /// <summary>The same while the cache is about to do them again by itself, and that fails.</summary>
    [Fact]
    public void FlushWaitsForAWriteOverThemWhileTheyAreDoneAgain()
    {
        Lose(0, 8 * K);
        _f.Advance(_f.Cache.Settings.RetryDelay);
        Assert.Contains("zero A 0~8K", _f.TakeIssued());
        _f.W(B, 0, 4 * K, 'b');
        PendingResult flush = _f.Flush();
        _f.W(A, 0, 4 * K, 'a');

        _f.Complete("zero A 0~8K", IoError.Io);
        _f.Complete("write B 0~4K");
        while (!flush.IsCompleted)
            _f.Complete(_f.Backend.PendingAt(0));

        byte[] durable = _f.Backend.Durable.Read(A, 0, 8 * K);
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(4 * K, 'a'), durable[..(4 * K)]);
        Assert.Equal(new byte[4 * K], durable[(4 * K)..]);
    }

    [Fact]
    public void ReadOfLostZeroesNeedsNoStore()
    {
        Lose(4 * K, 8 * K);
        _ = _f.TakeIssued();

        PendingRead inside = _f.R(A, 5 * K, 4 * K);

        Assert.True(inside.IsOk && inside.Holds('\0'));
        Assert.Empty(_f.TakeIssued());
        PendingRead around = _f.R(A, 0, 16 * K);
        Assert.Equal(["read A 0~4K", "read A 12K~4K"], _f.TakeIssued());
        _f.CompletePending();
        Assert.True(around.IsOk);
        Assert.True(around.Holds(0, 4 * K, 's') && around.Holds(4 * K, 8 * K, '\0') && around.Holds(12 * K, 4 * K, 's'));
    }

    [Fact]
    public void ReadInFlightWhenTheyAreLostIsServed()
    {
        Zero(0, 8 * K);
        _f.Flush();
        PendingRead read = _f.R(A, 4 * K, 8 * K);

        _f.Complete("flush", IoError.Io);

        Assert.Equal("4K~4K ZERO,8K~4K RX", _f.Nrl(A));
        Assert.False(read.IsCompleted);
        _f.Complete("read A 4K~8K");
        Assert.True(read.IsOk && read.Holds(0, 4 * K, '\0') && read.Holds(4 * K, 4 * K, 's'));
    }

    [Fact]
    public void ReadBesideTheSecondZeroingEnds()
    {
        Lose(4 * K, 4 * K);
        PendingRead before = _f.R(A, 0, 8 * K);
        PendingResult flush = _f.Flush();
        Assert.Contains("zero A 4K~4K", _f.TakeIssued());
        PendingRead beside = _f.R(A, 4 * K, 8 * K);

        _f.Complete("zero A 4K~4K");
        _f.CompleteAll();

        Assert.True(flush.IsOk);
        Assert.True(before.IsOk && before.Holds(0, 4 * K, 's') && before.Holds(4 * K, 4 * K, '\0'));
        Assert.True(beside.IsOk && beside.Holds(0, 4 * K, '\0') && beside.Holds(4 * K, 4 * K, 's'));
        Assert.Equal(new byte[4 * K], _f.Backend.Durable.Read(A, 4 * K, 4 * K));
    }

    [Fact]
    public void ReadWidenedOverLostZeroesLeavesThemZero()
    {
        Remake(s_volatile with { ReadAlignment = 4096, WriteAlignment = 512 });
        Lose(512, 1024);

        PendingRead beside = _f.R(A, 0, 512);
        _f.Complete("read A 0~4K");
        PendingRead inside = _f.R(A, 512, 1024);

        Assert.True(beside.IsOk && beside.Holds('s'));
        Assert.True(inside.IsOk && inside.Holds('\0'));
    }

    [Fact]
    public void ReleaseKeepsThemZero()
    {
        Lose(0, 4 * K);
        _f.W(A, 4 * K, 100, 'n');
        PendingRead read = _f.R(A, 0, 4 * K);
        _f.Release();

        PendingRead again = _f.R(A, 0, 4 * K);

        Assert.True(read.IsOk && again.IsOk && again.Holds('\0'));
    }

    [Fact]
    public void TheyAreDoneAgainOnTheRetryTimer()
    {
        Lose(0, 8 * K);
        Assert.Empty(_f.Backend.Pending);

        _f.Advance(_f.Cache.Settings.RetryDelay);
        _f.Complete("zero A 0~8K", IoError.Io);
        _f.Advance(_f.Cache.Settings.RetryDelay);
        Assert.Empty(_f.Backend.Pending);
        _f.Advance(_f.Cache.Settings.RetryDelay);
        _f.Complete("zero A 0~8K");

        Assert.Equal(new byte[8 * K], _f.Backend.Store.Read(A, 0, 8 * K));
        PendingResult flush = _f.Flush();
        _f.Complete("flush");
        Assert.True(flush.IsOk);
        Assert.Equal(new byte[8 * K], _f.Backend.Durable.Read(A, 0, 8 * K));
        _f.Advance(_f.Cache.Settings.RetryDelay);
        Assert.Empty(_f.Backend.Pending);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ZerosAroundAWriteAreKeptWithIt(bool isLost)
    {
        Remake(s_volatile with { WriteAlignment = 4096 });
        Zero(0, 8 * K);
        if (isLost)
            FailFlush();

        _f.W(A, 1000, 100, 'n');
        if (!isLost)
            FailFlush();
        byte[] expected = new byte[8 * K];
        expected.AsSpan(1000, 100).Fill((byte)'n');
        PendingRead read = _f.R(A, 0, 8 * K);
        _f.CompleteAll();

        Assert.True(read.IsOk);
        Assert.Equal(expected, read.Buffer);
        PendingResult flush = _f.Flush();
        _f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(expected, _f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Fact]
    public void PurgeForgetsThem()
    {
        Lose(0, 8 * K);

        Assert.True(_f.Purge().IsOk);

        PendingResult flush = _f.Flush();
        _f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(Bytes(8 * K, 's'), _f.Backend.Durable.Read(A, 0, 8 * K));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatDropsTheRangeWaitsForTheSecondZeroing(bool isPurge)
    {
        Lose(0, 8 * K);
        _f.Flush();
        _ = _f.Backend.Find("zero A 0~8K");

        PendingResult drop = isPurge ? _f.Purge() : _f.Discard(A, 0, 4 * K);

        Assert.False(drop.IsCompleted);
        _f.Complete("zero A 0~8K");
        Assert.True(drop.IsOk);
        _f.CompleteAll();
    }

    [Fact]
    public void DiscardInTheCacheAloneForgetsWholeUnits()
    {
        Remake(s_volatile with { WriteAlignment = 512 });
        Lose(0, 4 * K);

        Assert.True(_f.Discard(A, 1000, 1100).IsOk);

        PendingRead read = _f.R(A, 0, 4 * K);
        _f.CompleteAll();
        Assert.True(read.IsOk && read.Holds(0, 1024, '\0') && read.Holds(1024, 1024, 's') && read.Holds(2048, 2 * K, '\0'));
        PendingResult flush = _f.Flush();
        _f.CompleteAll();
        Assert.True(flush.IsOk);
        Assert.Equal(read.Buffer, _f.Backend.Durable.Read(A, 0, 4 * K));
    }

    [Fact]
    public void ZeroingUnderWayDrivesNoFlush()
    {
        Remake(s_volatile with { OperationsMax = 64 });
        _f.AuditEvery = int.MaxValue;
        for (int i = 0; i < 1100; i++)
            _f.Discard(A, i * K, 512, DiscardMode.Invalidate, DiscardStore.WriteZeroes);

        for (int i = 0; i < 64; i++)
            _f.Complete(_f.Backend.PendingAt(0));

        Assert.DoesNotContain("flush", _f.TakeIssued());
        _f.CompleteAll();
        Assert.Contains("flush", _f.TakeIssued());
    }

    [Fact]
    public void ZeroesWithoutAFlushAreBounded()
    {
        _f.AuditEvery = int.MaxValue;
        _f.Backend.CompletesInside = true;
        _f.Backend.InsideError = operation => operation.Kind == PendingKind.Flush ? IoError.Io : IoError.None;
        PendingResult[] zeroes = [.. Enumerable.Range(0, 5000).Select(
            i => _f.Discard(A, i * K, 512, DiscardMode.Invalidate, DiscardStore.WriteZeroes))];
        Assert.InRange(zeroes.Count(zero => zero.IsOk), 4096, 4097);
        Assert.True(zeroes[..4096].All(zero => zero.IsOk), "in order");
        _f.Audit();

        _f.Backend.InsideError = null;
        _f.Advance(_f.Cache.Settings.RetryDelay);
        _f.Advance(_f.Cache.Settings.RetryDelay);

        Assert.True(zeroes.All(zero => zero.IsOk));
        Assert.True(_f.Flush().IsOk);
        _f.AuditNow();
        Assert.Equal(new byte[512], _f.Backend.Durable.Read(A, 4999 * K, 512));
    }

    [Fact]
    public void StopFailsZeroingThatWaits()
    {
        _f.AuditEvery = int.MaxValue;
        _f.Backend.CompletesInside = true;
        _f.Backend.InsideError = operation => operation.Kind == PendingKind.Flush ? IoError.Io : IoError.None;
        PendingResult[] zeroes = [.. Enumerable.Range(0, 4200).Select(
            i => _f.Discard(A, i * K, 512, DiscardMode.Invalidate, DiscardStore.WriteZeroes))];
        PendingRead read = _f.R(A, 4199 * K, 512);
        PendingResult behind = _f.Discard(A, 4199 * K, 512, DiscardMode.Invalidate, DiscardStore.Discard);

        PendingResult stop = _f.Stop(StopMode.Flush, TimeSpan.FromSeconds(10));

        Assert.Equal(IoError.Io, stop.Error);
        Assert.Equal(IoError.Shutdown, zeroes[^1].Error);
        Assert.Equal(IoError.Shutdown, behind.Error);
        Assert.Equal(IoError.Shutdown, read.Error);
    }

    [Fact]
    public void SetWithZeroesThatAreNotDurableIsBusy()
    {
        Zero(0, 8 * K);
        _f.Release();
        Assert.Equal(IoError.Busy, _f.Cache.DestroySet(_f.S));

        _f.Flush();
        _f.CompleteAll();

        Assert.Equal(IoError.None, _f.Cache.DestroySet(_f.S));
    }

    private static CacheFixture Make(BackendCapabilities capabilities)
    {
        CacheFixture f = new(capabilities: capabilities);
        f.Backend.LosesVolatileOnFailedFlush = true;
        f.Backend.Store.Fill(A, 0, 16 * K, (byte)'s');
        f.Backend.Durable.Fill(A, 0, 16 * K, (byte)'s');
        return f;
    }

    private void Remake(BackendCapabilities capabilities)
    {
        _f.Dispose();
        _f = Make(capabilities);
    }

    private void Zero(long offset, int length)
    {
        PendingResult zero = _f.Discard(A, offset, length, DiscardMode.Invalidate, DiscardStore.WriteZeroes);
        _f.CompletePending();
        Assert.True(zero.IsOk);
    }

    private void FailFlush()
    {
        PendingResult flush = _f.Flush();
        while (!flush.IsCompleted)
        {
            PendingOperation operation = _f.Backend.PendingAt(0);
            _f.Complete(operation, operation.Kind == PendingKind.Flush ? IoError.Io : IoError.None);
        }

        Assert.Equal(IoError.Io, flush.Error);
    }

    private void Lose(long offset, int length)
    {
        Zero(offset, length);
        FailFlush();
        Assert.Equal(Bytes(length, 's'), _f.Backend.Store.Read(A, offset, length));
    }
}
