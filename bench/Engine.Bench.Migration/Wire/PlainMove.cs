using Microsoft.Win32.SafeHandles;

namespace Engine.Bench.Migration;

/// <summary>So many bytes over a connection, and durable in a file at the other end: what a migration comes down to, with plain
/// calls and without a rank.</summary>
internal sealed class PlainMove : BytesWire
{
    private const int PieceBytes = 256 << 10;

    private readonly byte[] _piece = new byte[PieceBytes];
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private long _at;

    /// <param name="path">The file; gone with this.</param>
    public PlainMove(string path)
        : base("the same bytes by plain calls, durable")
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        Array.Fill(_piece, (byte)1);
    }

    public override long DirectoryBytes => PieceBytes;

    /// <summary>Brings them over; comes back once they are durable. A journal goes on, and so does the file.</summary>
    public void Move(long bytes)
    {
        for (long left = bytes; left > 0; left -= PieceBytes)
            Send(_piece.AsSpan(0, (int)Math.Min(left, PieceBytes)));
        Run(0);
        RandomAccess.FlushToDisk(_file);
    }

    public override void Dispose()
    {
        base.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    protected override void SendDirectory() => Send(_piece);

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _at);
        _at += bytes.Length;
    }
}
