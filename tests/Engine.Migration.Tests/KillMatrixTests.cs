// A rank dies at each point that has a name: the exporter, the importer, or a rank with copies, before anything of the step
// in which that point lies has reached the world, or after some of it; what was on its way from and to it arrives, or is
// lost. Afterwards one rank has the region, whole; who, is what the exporter's journal says.

using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>The kill matrix. Source: migrator specification, 3.5 and 9 (80, 82, 96, 97, 98).</summary>
public sealed class KillMatrixTests
{
    /// <summary>Effects that get out after the point, of the victim's step or of later ones.</summary>
    private static readonly int[] s_effects = [0, 1, 3, 8];

    /// <summary>Exporter's points.</summary>
    public static TheoryData<KillPoint> ExporterPoints { get; } =
        [.. Enum.GetValues<KillPoint>().Where(point => point is > KillPoint.None and < KillPoint.Import1)];

    /// <summary>Importer's points; the last is reached only when the exporter has failed.</summary>
    public static TheoryData<KillPoint> ImporterPoints { get; } =
        [.. Enum.GetValues<KillPoint>().Where(point => point is >= KillPoint.Import1 and not KillPoint.Import10)];

    /// <summary>All of them.</summary>
    public static TheoryData<KillPoint> Points { get; } =
        [.. Enum.GetValues<KillPoint>().Where(point => point is > KillPoint.None and not KillPoint.Import10)];

    [Theory]
    [MemberData(nameof(ExporterPoints))]
    public void MG096_TheExporterDies(KillPoint point) => Every((from, to, third, effects, drops) =>
    {
        using KillWorld world = new(from, to, third);
        world.KillAt(point, from, effects, drops);
        world.Migrate();
        world.Mend();
        int? owner = effects > 0 ? null : point is <= KillPoint.Export10 or KillPoint.Export14 ? from : to;
        world.Check(owner);
    });

    [Theory]
    [MemberData(nameof(ImporterPoints))]
    public void MG097_TheImporterDies(KillPoint point) => Every((from, to, third, effects, drops) =>
    {
        using KillWorld world = new(from, to, third);
        world.KillAt(point, to, effects, drops);
        world.Migrate();
        world.Mend();
        int? owner = effects > 0 ? null : point is <= KillPoint.Import8 or KillPoint.Import11 or KillPoint.Import12 ? from : to;
        world.Check(owner);
    });

    [Theory]
    [MemberData(nameof(Points))]
    public void MG080_ARankWithCopiesDies(KillPoint point) => Every((from, to, third, effects, drops) =>
    {
        using KillWorld world = new(from, to, third);
        world.KillAt(point, third, effects, drops);
        world.Migrate();
        world.Mend();
        world.Check(null);
    });

    [Theory]
    [MemberData(nameof(ExporterPoints))]
    public void MG098_BothDie(KillPoint point)
    {
        List<string> failed = [];
        foreach (KillPoint other in Enum.GetValues<KillPoint>().Where(each => each >= KillPoint.Import1))
        {
            foreach (bool drops in (bool[])[false, true])
            {
                Try(failed, $"{other} drops={drops}", () =>
                {
                    using KillWorld world = new(1, 2, 0);
                    world.KillAt(point, 1, 1, drops);
                    world.KillAt(other, 2, 0, drops);
                    world.Migrate();
                    world.Mend();
                    world.Check(null);
                });
            }
        }

        Assert.Empty(failed);
    }

    [Fact]
    public void MG097_TheImporterDiesWhileItUndoesWhatTheDeadExporterSent()
    {
        foreach (int effects in s_effects)
        {
            using KillWorld world = new(1, 2, 0);
            world.KillAt(KillPoint.Import7, 1, 0, drops: false);
            world.KillAt(KillPoint.Import10, 2, effects, drops: false);
            world.Migrate();
            world.Mend();
            world.Check(1);
        }
    }

    private static void Every(Action<int, int, int, int, bool> run)
    {
        List<string> failed = [];
        foreach (int effects in s_effects)
        {
            Try(failed, $"0>1 {effects}", () => run(0, 1, 2, effects, false));
            Try(failed, $"1>2 {effects}", () => run(1, 2, 0, effects, false));
            Try(failed, $"1>2 {effects} drops", () => run(1, 2, 0, effects, true));
        }

        Assert.Empty(failed);
    }

    private static void Try(List<string> failed, string name, Action run)
    {
        try
        {
            run();
        }
        catch (Exception exception) when (exception is Xunit.Sdk.XunitException or InvariantException)
        {
            failed.Add($"{name}: {exception.Message}");
        }
    }
}
