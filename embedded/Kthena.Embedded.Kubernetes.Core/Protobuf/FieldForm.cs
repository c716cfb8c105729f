namespace Kthena.Embedded.Kubernetes.Core.Protobuf;

/// <summary>How the value of a protobuf field stands in JSON.</summary>
internal enum FieldForm
{
    /// <summary>A string; an empty one is left out, as Go leaves it out.</summary>
    Text,

    /// <summary>An integer.</summary>
    Number,

    /// <summary>True or false.</summary>
    Truth,

    /// <summary>An object.</summary>
    Message,

    /// <summary>One string more of a list.</summary>
    TextList,

    /// <summary>One object more of a list.</summary>
    MessageList,

    /// <summary>One pair more of a map of strings.</summary>
    TextMap,

    /// <summary>One pair more of a map of bytes, which JSON holds as base64.</summary>
    BinaryMap,
}
