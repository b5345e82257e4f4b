namespace Engine.Bench.Migration;

/// <summary>As many bytes as the pages have, from arrays: the floor.</summary>
internal sealed class PlainWire(long directoryBytes) : BytesWire("Socket.Send of arrays")
{
    private readonly byte[][] _arrays =
        [.. Enumerable.Range(0, Directories).Select(i => Enumerable.Repeat((byte)i, (int)directoryBytes).ToArray())];

    private int _next;

    public override long DirectoryBytes => directoryBytes;

    protected override void SendDirectory() => Send(_arrays[_next++ % Directories]);
}
