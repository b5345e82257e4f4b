using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What operators may change of a rank's migrations while it runs.</summary>
public sealed class MigrationSettingTests
{
    public static TheoryData<string> Names { get; } = [.. MigrationSetting.All.Select(static each => each.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ASettingChangesItsOwnValueAlone_AndOnlyWithinItsBounds(string name)
    {
        MigrationSetting setting = MigrationSetting.Find(name)!;
        MigrationOptions options = new();
        Assert.InRange(setting.Usual, setting.Least, setting.Most);
        foreach (long value in (long[])[setting.Least, setting.Most])
        {
            Assert.True(setting.TrySet(ref options, value));
            Assert.Equal(value, setting.Of(options));
            Assert.All(
                MigrationSetting.All.Where(each => each != setting), each => Assert.Equal(each.Usual, each.Of(options)));
        }

        MigrationOptions before = options;
        Assert.False(setting.TrySet(ref options, setting.Least - 1));
        Assert.False(setting.TrySet(ref options, setting.Most + 1));
        Assert.Same(before, options);
        Assert.True(setting.TrySet(ref options, setting.Usual));
        Assert.Equal(new MigrationOptions(), options);
    }

    [Fact]
    public void NoSettingHasTheNameOfAnother_AndOneThatIsNotThereIsNotFound()
    {
        Assert.Equal(MigrationSetting.All.Count, MigrationSetting.All.Select(static each => each.Name).Distinct().Count());
        Assert.Null(MigrationSetting.Find("mig.none"));
    }
}
