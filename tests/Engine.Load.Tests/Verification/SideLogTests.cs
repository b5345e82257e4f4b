using Engine.Buffers;
using Engine.Load;

namespace Engine.Load.Tests.Verification;

// Purpose: what a side log promises: records before writes, flushes that cover exactly what had completed, torn tails cut,
// rewriting that changes nothing.
// Ownership: each test has its own file and removes it.

public sealed class SideLogTests : IDisposable
{
    private const long Length = 8L << 20;
    private const int HeadBytes = 128;
    private static readonly Guid s_volume = new("11111111-2222-3333-4444-555555555555");

    private readonly string _path =
        Path.Combine(Path.GetTempPath(), $"engine-sidelog-{Environment.ProcessId}-{Path.GetRandomFileName()}");

    public void Dispose()
    {
        File.Delete(_path);
        File.Delete(_path + ".new");
    }

    [Fact]
    public void AWriteIsInTheLogBeforeItIsHandedOver()
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length);
        Assert.True(image.TryBeginWrite(8, 4, out WriteTicket ticket));
        SideLogContent seen = SideLogContent.Load(_path);
        Assert.Equal((ticket.Generation, 0u), (seen.Map.Submitted(11), seen.Map.Settled(11)));
        Assert.Equal(0u, seen.Map.Submitted(12));
        image.EndWrite(ticket, ok: true);
    }

    [Fact]
    public void AFlushCoversWhatHadCompletedWhenItBegan()
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length);
        WriteTicket done = Begin(image, 0);
        image.EndWrite(done, ok: true);
        WriteTicket inFlight = Begin(image, 1);
        FlushTicket flush = image.BeginFlush();
        WriteTicket later = Begin(image, 2);
        image.EndWrite(inFlight, ok: true);
        image.EndWrite(later, ok: true);
        image.EndFlush(flush);

        GenerationMap map = SideLogContent.Load(_path).Map;
        Assert.Equal([done.Generation, 0u, 0u], Settled(map, 3));
        Assert.Equal([done.Generation, inFlight.Generation, later.Generation], Submitted(map, 3));

        image.EndFlush(image.BeginFlush());
        Assert.Equal([done.Generation, inFlight.Generation, later.Generation], Settled(SideLogContent.Load(_path).Map, 3));
    }

    [Fact]
    public void AFailedWriteIsNeverFlushed()
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length);
        WriteTicket good = Begin(image, 0);
        image.EndWrite(good, ok: true);
        WriteTicket bad = Begin(image, 0);
        image.EndWrite(bad, ok: false);
        image.EndFlush(image.BeginFlush());
        GenerationMap map = SideLogContent.Load(_path).Map;
        Assert.Equal((good.Generation, bad.Generation), (map.Settled(0), map.Submitted(0)));
    }

    [Fact]
    public void WritesOfASessionThatDiedAreNotFlushedByTheNext()
    {
        var dead = VerifiedImage.Open(_path, s_volume, Length);
        WriteTicket lost = Begin(dead, 0);
        dead.EndWrite(lost, ok: true);
        dead.Dispose();

        using VerifiedImage next = VerifiedImage.Open(_path, s_volume, Length);
        WriteTicket other = Begin(next, 1);
        Assert.True(other.Generation > lost.Generation);
        next.EndWrite(other, ok: true);
        next.EndFlush(next.BeginFlush());
        GenerationMap map = SideLogContent.Load(_path).Map;
        Assert.Equal((0u, lost.Generation), (map.Settled(0), map.Submitted(0)));
        Assert.Equal((other.Generation, other.Generation), (map.Settled(1), map.Submitted(1)));
    }

    [Fact]
    public void DiscardedSectorsAreNotSettledByALaterFlush()
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length);
        Assert.True(image.TryBeginWrite(0, 5, out WriteTicket ticket));
        Assert.False(image.TryBeginForget(4, 1));
        image.EndWrite(ticket, ok: true);
        Assert.True(image.TryBeginForget(1, 2));
        Assert.False(image.TryBeginWrite(2, 1, out _));
        image.EndForget(1, 2);
        image.EndFlush(image.BeginFlush());
        Assert.Equal([1u, 0u, 0u, 1u, 1u], Settled(SideLogContent.Load(_path).Map, 5));
    }

    [Fact]
    public void ATornTailBehindTheLastSyncIsCutAtEveryLength()
    {
        byte[] whole = LogOfADeadWriter(out int synced);
        Assert.Equal((HeadBytes + (2 * 32), HeadBytes + (4 * 32)), (synced, whole.Length));
        for (int length = synced; length <= whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            SideLogContent content = SideLogContent.Load(_path);
            Assert.Equal(HeadBytes + ((length - HeadBytes) / 32 * 32), content.ValidBytes);
            Assert.Equal(length % 32 != 0, content.WasCut);
            Assert.Equal(1u, content.Map.Settled(0));
        }
    }

    [Fact]
    public void AnAlteredRecordBehindTheLastSyncEndsTheLog()
    {
        byte[] whole = LogOfADeadWriter(out int synced);
        for (int at = synced; at < synced + 32; at++)
        {
            byte[] altered = [.. whole];
            altered[at] ^= 0x10;
            File.WriteAllBytes(_path, altered);
            SideLogContent content = SideLogContent.Load(_path);
            Assert.True(content.WasCut);
            Assert.Equal([1u, 0u, 0u], Submitted(content.Map, 3));
        }
    }

    [Fact]
    public void ALogThatLostWhatWasSyncedIsRefused()
    {
        byte[] whole = LogOfADeadWriter(out int synced);
        for (int length = 64; length < synced; length++)
            ExpectBad(whole[..length], "cut off");
        for (int at = HeadBytes; at < synced; at++)
        {
            byte[] altered = [.. whole];
            altered[at] ^= 0x10;
            ExpectBad(altered, "its record at byte ");
        }
    }

    [Fact]
    public void AClosedLogIsSyncedWholeAndOneMarkIsEnough()
    {
        using (VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length))
        {
            for (int i = 0; i < 3; i++)
                image.EndWrite(Begin(image, i), ok: true);
        }

        byte[] whole = File.ReadAllBytes(_path);
        Assert.Equal(HeadBytes + (3 * 32), whole.Length);
        ExpectBad(whole[..^1], "cut off");
        byte[] oneMark = [.. whole];
        oneMark[64 + 9] ^= 1;
        File.WriteAllBytes(_path, oneMark);
        Assert.Equal([1u, 2u, 3u], Submitted(SideLogContent.Load(_path).Map, 3));
        oneMark[64 + 32 + 9] ^= 1;
        ExpectBad(oneMark, "damaged header");
    }

    [Fact]
    public void ContinuesAfterACutTail()
    {
        byte[] whole = LogOfADeadWriter(out _);
        File.WriteAllBytes(_path, whole[..^5]);
        uint log = SideLogContent.Load(_path).Identity.Log;
        using VerifiedImage next = VerifiedImage.Open(_path, s_volume, Length);
        Assert.Equal(3u, Begin(next, 5).Generation);
        SideLogContent content = SideLogContent.Load(_path);
        Assert.False(content.WasCut);
        Assert.Equal([1u, 2u, 0u], Submitted(content.Map, 3));
        Assert.Equal(3u, content.Map.Submitted(5));
        Assert.Equal(log, content.Identity.Log);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void RewritingTheLogChangesNothingThatItSays(int flushEvery)
    {
        var random = new SeededRandom(99);
        var settled = new uint[64];
        var submitted = new uint[64];
        long largest = 0;
        using (VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length, logLimitBytes: 8 << 10))
        {
            for (int i = 1; i <= 1200; i++)
            {
                int sector = random.NextInt(60);
                Assert.True(image.TryBeginWrite(sector, 4, out WriteTicket ticket));
                submitted.AsSpan(sector, 4).Fill(ticket.Generation);
                image.EndWrite(ticket, ok: true);
                if (i % flushEvery == 0)
                {
                    image.EndFlush(image.BeginFlush());
                    submitted.CopyTo(settled, 0);
                }

                largest = Math.Max(largest, image.LogBytes);
            }
        }

        Assert.InRange(largest, 8 << 10, 16 << 10);
        GenerationMap map = SideLogContent.Load(_path).Map;
        Assert.Equal(submitted, Submitted(map, 64));
        Assert.Equal(settled, Settled(map, 64));
    }

    [Fact]
    public void RewritingKeepsWritesInFlightFlushable()
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length, logLimitBytes: 4 << 10);
        WriteTicket held = Begin(image, 1000);
        for (int i = 0; i < 500; i++)
            image.EndWrite(Begin(image, 0), ok: true);
        image.EndFlush(image.BeginFlush());
        Assert.Equal(0u, SideLogContent.Load(_path).Map.Settled(1000));
        image.EndWrite(held, ok: true);
        image.EndFlush(image.BeginFlush());
        Assert.Equal(held.Generation, SideLogContent.Load(_path).Map.Settled(1000));
    }

    [Fact]
    public void GrowsBeyondAWindow()
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length);
        const int Writes = 70_000; // 32 bytes each: over two windows of 1 MiB
        for (int i = 0; i < Writes; i++)
            image.EndWrite(Begin(image, i % 1000), ok: true);
        SideLogContent content = SideLogContent.Load(_path);
        Assert.Equal(HeadBytes + (32L * Writes), content.ValidBytes);
        Assert.Equal((uint)Writes, content.Map.NewestGeneration);
    }

    [Fact]
    public void AnotherVolumesLogIsReplaced()
    {
        using (VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length))
            image.EndWrite(Begin(image, 0), ok: true);
        using (VerifiedImage other = VerifiedImage.Open(_path, Guid.Empty, Length))
            Assert.Equal(1u, Begin(other, 3).Generation);
        SideLogContent content = SideLogContent.Load(_path);
        Assert.Equal(Guid.Empty, content.Identity.Volume);
        Assert.Equal(0u, content.Map.Submitted(0));
    }

    [Fact]
    public void RefusesWhatIsNoSideLog()
    {
        Assert.Contains("no side log", Assert.Throws<SideLogException>(() => SideLogContent.Load(_path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_path, "hello");
        Assert.Contains("is no side log", Assert.Throws<SideLogException>(
            () => VerifiedImage.Open(_path, s_volume, Length)).Message, StringComparison.Ordinal);
        Assert.Equal("hello", File.ReadAllText(_path));
        VerifiedImage.Open(_path + ".new", s_volume, Length).Dispose();
        byte[] header = File.ReadAllBytes(_path + ".new");
        header[33] ^= 1;
        File.WriteAllBytes(_path, header);
        Assert.Contains("damaged header", Assert.Throws<SideLogException>(() => SideLogContent.Load(_path)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The bytes of a log whose writer is killed after a write, a flush, and two writes more.</summary>
    private byte[] LogOfADeadWriter(out int synced)
    {
        using VerifiedImage image = VerifiedImage.Open(_path, s_volume, Length);
        image.EndWrite(Begin(image, 0), ok: true);
        image.EndFlush(image.BeginFlush());
        synced = (int)image.LogBytes;
        for (int i = 1; i < 3; i++)
            image.EndWrite(Begin(image, i), ok: true);
        return File.ReadAllBytes(_path)[..(int)image.LogBytes];
    }

    private void ExpectBad(byte[] log, string says)
    {
        File.WriteAllBytes(_path, log);
        string message = Assert.Throws<SideLogException>(() => SideLogContent.Load(_path)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("cannot be judged by it", message, StringComparison.Ordinal);
        Assert.Throws<SideLogException>(() => VerifiedImage.Open(_path, s_volume, Length));
        Assert.Equal(log, File.ReadAllBytes(_path));
    }

    private static WriteTicket Begin(VerifiedImage image, long sector)
    {
        Assert.True(image.TryBeginWrite(sector, 1, out WriteTicket ticket));
        return ticket;
    }

    private static uint[] Settled(GenerationMap map, int count) =>
        [.. Enumerable.Range(0, count).Select(sector => map.Settled(sector))];

    private static uint[] Submitted(GenerationMap map, int count) =>
        [.. Enumerable.Range(0, count).Select(sector => map.Submitted(sector))];
}
