namespace Engine.Metadata.Tests.Names;

public sealed class AuthorityTests
{
    private static readonly RankId s_exporter = new(0);
    private static readonly RankId s_importer = new(1);

    [Fact]
    public void TheFiveFormsAreToldApart()
    {
        Assert.Equal((false, false, "(parent,?)"), Describe(default));
        Assert.Equal((true, false, "(0,?)"), Describe(Authority.Of(s_exporter)));
        Assert.Equal((true, true, "(0,0)"), Describe(Authority.Of(s_exporter, s_exporter)));
        Assert.Equal((true, true, "(0,1)"), Describe(Authority.Of(s_exporter, s_importer)));
        Assert.Equal((true, false, "(?,?)"), Describe(Authority.Undefined));
        Assert.Equal(Authority.Default, default);
    }

    [Fact]
    public void NamesBothRanksButNoSpecialValue()
    {
        Authority moving = Authority.Of(s_exporter, s_importer);
        Assert.True(moving.Names(s_exporter) && moving.Names(s_importer));
        Assert.False(moving.Names(new RankId(2)) || Authority.Default.Names(RankId.None));
    }

    [Theory]
    [InlineData(-1, -2, true)]
    [InlineData(-2, -2, true)]
    [InlineData(3, -2, true)]
    [InlineData(3, 3, true)]
    [InlineData(63, 0, true)]
    [InlineData(64, -2, false)]
    [InlineData(3, -1, false)]
    [InlineData(-1, 3, false)]
    [InlineData(-2, -1, false)]
    [InlineData(-3, -2, false)]
    public void StoredPairsAreChecked(int first, int second, bool isValid)
    {
        Assert.Equal(isValid, Authority.TryFrom(first, second, out Authority authority));
        if (isValid)
            Assert.Equal((first, second), (authority.First, authority.Second));
    }

    private static (bool Root, bool Ambiguous, string Text) Describe(Authority authority) =>
        (authority.IsSubtreeRoot, authority.IsAmbiguous, authority.ToString());
}
