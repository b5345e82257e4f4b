using System.Text;
using Engine.Metadata;
using Engine.Testing.Wire;
using Xunit;
using Xunit.Abstractions;

namespace Engine.Migration.Tests;

/// <summary>The bytes of one message of each kind as they were when programs began to send them.</summary>
public sealed class GoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void NoFormatChangedUnseen()
    {
        WireFixture wire = new(MigrationFormats.Create());
        var text = new StringBuilder();
        foreach (MigrationRefusal refusal in Enum.GetValues<MigrationRefusal>())
            text.Append("refusal ").Append(refusal).Append(' ').Append((int)refusal).Append('\n');
        foreach (Message sample in MessageSamples.All)
            text.Append(sample.GetType().Name).Append(' ').Append(Convert.ToHexStringLower(wire.Write(sample))).Append('\n');
        output.WriteLine(text.ToString());
        using var golden = new StreamReader(
            typeof(GoldenTests).Assembly.GetManifestResourceStream("Engine.Migration.Tests.Wire.Golden.txt")!);
        Assert.Equal(golden.ReadToEnd(), text.ToString());
    }
}
