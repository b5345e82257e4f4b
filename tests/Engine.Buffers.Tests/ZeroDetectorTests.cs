namespace Engine.Buffers.Tests;

public sealed class ZeroDetectorTests
{
    [Fact]
    public void AnyBitAnywhereIsFound()
    {
        byte[] memory = new byte[300];
        for (int length = 0; length <= 270; length++)
        {
            // Set bytes just outside must not matter.
            memory[4] = 1;
            memory[5 + length] = 1;
            Assert.True(ZeroDetector.IsZero(memory.AsSpan(5, length)));
            for (int at = 0; at < length; at++)
            {
                memory[5 + at] = 0x80;
                Assert.False(ZeroDetector.IsZero(memory.AsSpan(5, length)));
                memory[5 + at] = 0;
            }

            memory[5 + length] = 0;
        }
    }
}
