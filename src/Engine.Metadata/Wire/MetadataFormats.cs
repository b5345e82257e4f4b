namespace Engine.Metadata;

/// <summary>How the metadata plane's own messages are written and read.</summary>
public static class MetadataFormats
{
    /// <summary>A format for each of them.</summary>
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        .. SessionFormats.Create(), .. ClientFormats.Create(), .. CapFormats.Create(), .. ReplicaFormats.Create(),
        .. ClusterFormats.Create(), .. UpdateFormats.Create(),
    ];
}
