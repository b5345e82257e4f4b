namespace Engine.Objects;

/// <summary>How a byte-addressed image is striped over objects. Lengths in bytes; the object size is a multiple of the
/// stripe unit.</summary>
/// <param name="StripeUnit">Bytes that are contiguous in one object.</param>
/// <param name="StripeCount">Objects that one stripe runs over.</param>
/// <param name="ObjectSize">Size of an object.</param>
public readonly record struct FileLayout(int StripeUnit, int StripeCount, int ObjectSize)
{
    /// <summary>Objects of <paramref name="objectSize"/> bytes, one after another.</summary>
    public static FileLayout Simple(int objectSize) => new(objectSize, 1, objectSize);

    /// <summary>True when all parts are positive and the object size is a multiple of the stripe unit.</summary>
    public bool IsValid => StripeUnit > 0 && StripeCount > 0 && ObjectSize >= StripeUnit && ObjectSize % StripeUnit == 0;
}
