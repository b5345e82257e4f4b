namespace Engine.Cache;

/// <summary>What is true of some unit of a block.</summary>
/// <param name="Codes">Bit c: some unit has state code c.</param>
/// <param name="Marks">All units or-ed together.</param>
internal readonly record struct Summary(int Codes, byte Marks)
{
    public bool HasDirty => (Codes & (1 << (Unit.Dirty & 7))) != 0;

    public bool HasRx => (Codes & (1 << Unit.Rx)) != 0;

    public bool HasInFlight => (Marks & Unit.InFlight) != 0;

    public bool HasUnstable => (Marks & Unit.Unstable) != 0;

    public bool HasCovered => (Marks & Unit.Covered) != 0;

    public bool HasData => (Marks & Unit.Data) != 0;

    public bool IsEmpty => Codes == 1 && Marks == 0;
}
