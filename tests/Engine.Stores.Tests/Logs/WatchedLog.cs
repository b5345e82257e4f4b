using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores.Tests.Logs;

/// <summary>A log in a directory that asks, while a segment is being made, whether others still get at the log.</summary>
internal sealed class WatchedLog : SegmentLog
{
    private WatchedLog(WatchedSpace space)
        : base(space, new LogOptions())
    {
        space.Log = this;
    }

    /// <summary>Segments that were made.</summary>
    public int Made { get; private set; }

    /// <summary>The log stood still meanwhile.</summary>
    public int Blocked { get; private set; }

    public static WatchedLog Open(string directory) =>
        new(new WatchedSpace(FileSpace.Open("open", directory, isShared: false)));

    private void Ask()
    {
        Made++;
        long durable = -1;
        Thread other = new(() => durable = Durable) { IsBackground = true };
        other.Start();
        Blocked += other.Join(TimeSpan.FromSeconds(5)) && durable >= 0 ? 0 : 1;
    }

    private sealed class WatchedSpace(LogSpace space) : LogSpace
    {
        public WatchedLog? Log { get; set; }

        public override string Name => space.Name;

        public override IBlockDevice Header => space.Header;

        public override void Use(LogSuperblock superblock) => space.Use(superblock);

        public override IoError Locate(long segment, out IBlockDevice? device, out long offset) =>
            space.Locate(segment, out device, out offset);

        public override IoError Prepare(long segment)
        {
            Log?.Ask();
            return space.Prepare(segment);
        }

        public override void Release(long segment) => space.Release(segment);

        public override IoError Flush(long first, long last) => space.Flush(first, last);

        public override string? Explain(long segment) => space.Explain(segment);

        public override void Dispose() => space.Dispose();
    }
}
