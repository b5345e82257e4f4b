using Engine.Metadata;

namespace Engine.Migration;

/// <summary>How the messages of migrations are written and read.</summary>
public static class MigrationFormats
{
    /// <summary>A format for each of them.</summary>
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        .. HandshakeFormats.Create(), .. TransferFormats.Create(), .. CapHandoverFormats.Create(), .. ResolveFormats.Create(),
        .. PinFormats.Create(),
    ];
}
