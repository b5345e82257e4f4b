namespace Engine.Bench.Migration;

/// <summary>The sample's objects, encoded field by field.</summary>
internal sealed class EncodeGraph() : DirectoryContender("objects that are there, encoded")
{
    private readonly GraphWriter _writer = new();
    private readonly GraphDir _dir = GraphMaker.Make();

    public override void Run() => _writer.Write(_dir);

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }
}
