namespace Engine.Stores.Tests.Logs;

public sealed class FileLogContractTests : LogContract
{
    protected override LogPlace Make() => new Place();

    private sealed class Place : LogPlace
    {
        private readonly TemporaryFolder _folder = new();

        public Place() =>
            FileLog.Format(
                Folder,
                new LogFormatOptions { SegmentBytes = LogContract.SegmentBytes, SegmentCount = LogContract.SegmentCount });

        private string Folder => Path.Combine(_folder.Path, "log");

        public override SegmentLog Open(LogOptions? options = null) =>
            FileLog.Open(Folder, options);

        public override LogCheck Check() => FileLog.Check(Folder);

        public override void Dispose() => _folder.Dispose();
    }
}
