namespace Engine.Bench.Migration;

/// <summary>Objects made of the sample, encoded.</summary>
internal sealed class BuildGraph() : DirectoryContender("object graph, made and encoded")
{
    private readonly GraphWriter _writer = new();

    public override void Run() => _writer.Write(GraphMaker.Make());

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }
}
