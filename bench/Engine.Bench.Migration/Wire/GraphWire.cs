namespace Engine.Bench.Migration;

/// <summary>Objects, encoded field by field, and their bytes sent; nobody decodes them.</summary>
internal sealed class GraphWire : BytesWire
{
    private readonly GraphWriter _writer = new();
    private readonly GraphDir[] _dirs = [.. Enumerable.Range(0, Directories).Select(static _ => GraphMaker.Make())];
    private int _next;

    public GraphWire()
        : base("object graph") => DirectoryBytes = _writer.Write(_dirs[0]).Length;

    public override long DirectoryBytes { get; }

    public override void Dispose()
    {
        base.Dispose();
        _writer.Dispose();
    }

    protected override void SendDirectory() => Send(_writer.Write(_dirs[_next++ % Directories]));
}
