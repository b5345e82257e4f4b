namespace Engine.Native;

/// <summary>
/// The imports of the C shim, one file a concern; <c>native/include/engine_io.h</c> states their contracts. Functions return 0
/// or a positive count, or a negative errno; none sets errno for the caller.
/// </summary>
internal static partial class Shim
{
    /// <summary>The name that the imports carry; <see cref="ShimLoader"/> finds the file.</summary>
    internal const string Library = "engine_native";

    /// <summary>EIO_ABI_VERSION of the header that these declarations mirror.</summary>
    internal const uint AbiVersionExpected = 2;

    /// <summary>Most vectors in one request (IOV_MAX).</summary>
    internal const int VectorsMax = 1024;

    /// <summary>The token that requests may not carry.</summary>
    internal const ulong ReservedToken = ulong.MaxValue;
}
