using System.Globalization;

namespace Engine.Cache.ModelTests.Run;

/// <summary>One step of a sequence. The numbers are read against the state that the step meets, so that every step can be left
/// out of a sequence and the others still mean something.</summary>
internal readonly record struct ModelStep(StepKind Kind, int A, int B, int C, int D)
{
    /// <summary>The numbers lie below this.</summary>
    public const int Numbers = 1 << 16;

    public static ModelStep Parse(string line)
    {
        string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new ModelStep(Enum.Parse<StepKind>(parts[0]), Number(1), Number(2), Number(3), Number(4));

        int Number(int index) => parts.Length > index ? int.Parse(parts[index], CultureInfo.InvariantCulture) : 0;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {A} {B} {C} {D}");
}
