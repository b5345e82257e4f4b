namespace Engine.Objects;

/// <summary>A byte-addressed image as a store describes it: what a volume needs in order to open it.</summary>
/// <param name="Uuid">Identity of the image; stamped into verified sectors.</param>
/// <param name="Prefix">Prefix of the image's object names.</param>
/// <param name="LengthBytes">Addressable bytes.</param>
/// <param name="Layout">Striping.</param>
public sealed record ImageDescription(Guid Uuid, string Prefix, long LengthBytes, FileLayout Layout);
