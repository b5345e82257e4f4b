using Xunit;

namespace Engine.Metadata.Tests;

[CollectionDefinition(nameof(CacheFiguresTests), DisableParallelization = true)]
public class CacheFiguresTestsAlone;
