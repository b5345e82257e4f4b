using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Received pages, checked whole.</summary>
internal sealed class ValidatePages : DirectoryContender
{
    private readonly ReceivedPages _pages = new();

    public ValidatePages()
        : base("pages") => _pages.Receive();

    public override void Run()
    {
        PageProblem problem =
            _pages.Validator.CheckChain(_pages.Pool, _pages.Pages, SampleDirectory.Of, PageKind.Dirfrag);
        if (!problem.IsNone)
            throw new IOException($"the sample's pages are refused: {problem}");
    }

    public override void Dispose()
    {
        _pages.Dispose();
        base.Dispose();
    }
}
