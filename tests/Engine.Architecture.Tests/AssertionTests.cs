namespace Engine.Architecture.Tests;

public class AssertionTests
{
    [Fact]
    public void EveryTestAsserts() => Rule.Holds(AssertionRules.TestsWithoutAssertion(
        [.. Repository.CSharp.Where(file => file.IsUnder("tests"))]));

    [Theory]
    [InlineData("[Fact] public void T() { int x = 1; }")]
    [InlineData("[Theory, InlineData(1)] public void T(int x) => Helper(x); void Helper(int x) { Helper(x); }")]
    [InlineData("[Xunit.Fact] public void T() { /* Assert.True(false) */ }")]
    public void ATestWithoutAssertionIsFound(string members) => Rule.Finds(
        "T asserts nothing", AssertionRules.TestsWithoutAssertion([new SourceFile("tests/A.cs", $"class A {{ {members} }}")]));

    [Theory]
    [InlineData("[Fact] public void T() => Assert.True(true);")]
    [InlineData("[Fact] public void T() => Helper(1); void Helper(int x) { if (x > 1) throw new Exception(); }")]
    [InlineData("void NotATest() { }")]
    public void ATestThatAssertsPasses(string members) => Rule.Holds(
        AssertionRules.TestsWithoutAssertion([new SourceFile("tests/A.cs", $"class A {{ {members} }}")]));
}
