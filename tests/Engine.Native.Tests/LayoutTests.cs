namespace Engine.Native.Tests;

/// <summary>The mirrors are laid out as the C compiler laid out the structs.</summary>
public sealed unsafe class LayoutTests
{
    [Fact]
    public void EverySizeAndOffsetIsThatOfTheShim()
    {
        var native = new uint[64];
        int count;
        fixed (uint* values = native)
            count = Shim.AbiLayout(values, (uint)native.Length);

        Assert.Equal(ManagedLayout(), native[..count]);
    }

    [Fact]
    public void ATableThatIsTooSmallIsRefused()
    {
        uint value;
        Assert.Equal(-28, Shim.AbiLayout(&value, 1)); // ENOSPC
    }

    [Fact]
    public void TheVersionIsTheExpectedOne() => Assert.Equal(Shim.AbiVersionExpected, Shim.AbiVersion());

    private static uint[] ManagedLayout()
    {
        var v = default(EioVector);
        var r = default(EioRequest);
        var c = default(EioCompletion);
        var g = default(EioGeometry);
        var o = default(EioRingOptions);
        return
        [
            (uint)sizeof(EioVector), At(&v, &v.Address), At(&v, &v.Length),
            (uint)sizeof(EioRequest), At(&r, &r.Token), At(&r, &r.Offset), At(&r, &r.Length), At(&r, &r.Vectors),
            At(&r, &r.VectorCount), At(&r, &r.Operation), At(&r, &r.Flags), At(&r, &r.BufferIndex), At(&r, &r.Reserved),
            (uint)sizeof(EioCompletion), At(&c, &c.Token), At(&c, &c.Result),
            (uint)sizeof(EioGeometry), At(&g, &g.Capacity), At(&g, &g.LogicalBlock), At(&g, &g.PhysicalBlock),
            At(&g, &g.MemoryAlignment), At(&g, &g.OffsetAlignment), At(&g, &g.Kind), At(&g, &g.ReadOnly), At(&g, &g.WriteCache),
            At(&g, &g.Fua), At(&g, &g.Discard), At(&g, &g.Rotational), At(&g, &g.DiscardGranularity), At(&g, &g.MaxTransfer),
            At(&g, &g.Major), At(&g, &g.Minor), At(&g, &g.Reserved),
            (uint)sizeof(EioRingOptions), At(&o, &o.Engine), At(&o, &o.Entries), At(&o, &o.Fd), At(&o, &o.Features),
            At(&o, &o.Wanted), At(&o, &o.Reserved0),
        ];
    }

    private static uint At(void* start, void* field) => (uint)((byte*)field - (byte*)start);
}
