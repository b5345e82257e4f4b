namespace Engine.Native.Tests;

public sealed class ShimLoaderTests
{
    [Fact]
    public void LooksBesideTheApplicationThenBesideTheAssembly()
    {
        Assert.Equal(
            [
                "/app/runtimes/linux-x64/native/libengine_native.so", "/app/libengine_native.so",
                "/lib/runtimes/linux-x64/native/libengine_native.so", "/lib/libengine_native.so",
            ],
            ShimLoader.Candidates("/app", "/lib/Engine.Native.dll"));
    }

    [Fact]
    public void AnAssemblyWithoutAPlaceAddsNone()
    {
        Assert.Equal(
            ["/app/runtimes/linux-x64/native/libengine_native.so", "/app/libengine_native.so"],
            ShimLoader.Candidates("/app", ""));
    }
}
