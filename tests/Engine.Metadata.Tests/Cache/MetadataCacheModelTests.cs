using Xunit;

namespace Engine.Metadata.Tests;

public class MetadataCacheModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void RandomOperationsAgreeWithAModel(ulong seed)
    {
        using CacheModel model = new(seed);
        model.Run(600);
        Assert.True(model.Exchanged > 0);
    }
}
