namespace Engine.Objects;

/// <summary>
/// The bytes <c>Offset~Length</c> of object <c>ObjectNumber</c>, which correspond in order to
/// <c>FragmentCount</c> buffer fragments of the owning <see cref="ExtentList"/> from <c>FirstFragment</c> on
/// (specification of the object cache, 1.3).
/// </summary>
public readonly record struct ObjectExtent(long ObjectNumber, long Offset, int Length, int FirstFragment, int FragmentCount);
